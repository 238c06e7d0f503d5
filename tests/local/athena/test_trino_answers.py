"""The embedded engine gives a real Trino's answers, or refuses with NOT_SUPPORTED."""

from collections import Counter
from collections.abc import Callable

import pytest

from ddb_assets.local.athena import engine
from ddb_assets.local.athena.embedded import Embedded
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import examples
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import Session, open_session
from tests.local.athena.conftest import Athena
from tests.local.athena.replaying import outcome, recorded

_ORDERS = {
    "2024-01-01": b'{"id":1,"status":"open","total":10.50,"tags":["a","b"]}\n'
    b'{"id":2,"status":"paid","total":3.00,"tags":[]}\n',
    "2024-01-02": b'{"id":3,"status":"paid","total":7.25,"tags":null}\n',
}
_LEAST_ANSWERED = 0.85
"""Of what Trino answers in `statements.jsonl`."""


@pytest.fixture
def session(aws: Athena, endpoint: str) -> Callable[[], Session]:
    """Opens sessions on the tables that the recorded statements read."""
    if "lake" not in [each["Name"] for each in aws.glue.get_databases()["DatabaseList"]]:
        aws.glue.create_database(DatabaseInput={"Name": "lake"})
        aws.finish(
            "CREATE EXTERNAL TABLE lake.orders (id int, status string, total decimal(10,2), tags array<string>) "
            "PARTITIONED BY (day string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
            f"LOCATION 's3://{aws.bucket}/orders/'"
        )
        for day, body in _ORDERS.items():
            aws.put(f"orders/day={day}/a.json", body)
        aws.finish("MSCK REPAIR TABLE lake.orders")
        aws.finish(
            "CREATE EXTERNAL TABLE lake.events (k string, v int) "
            "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
            f"LOCATION 's3://{aws.bucket}/events/'"
        )
        aws.put("events/a.json", b'{"k":"k1","v":1}\n{"k":"k2","v":2}\n')
    return lambda: open_session(endpoint, "us-east-1", "lake", Progress())


@pytest.mark.parametrize("name", ["statements", "examples", "more"])
def test_a_recorded_answer_of_trino_is_given_or_refused(session: Callable[[], Session], name: str) -> None:
    found = [outcome(answer, session()) for answer in recorded(name)]
    wrong = [text for kind, text in found if kind in ("different", "answered")]
    assert not wrong, "\n".join(wrong)
    counts = Counter(kind for kind, _ in found)
    refused = [text for kind, text in found if kind == "refused"]
    misnamed = [text for text in refused if "NOT_SUPPORTED" not in text]
    assert not misnamed, "\n".join(misnamed)
    assert counts["same"] >= _LEAST_ANSWERED * (counts["same"] + counts["refused"]), refused


def test_every_entry_of_the_list_has_an_example_that_trino_answered() -> None:
    answered = {answer["sql"] for answer in recorded("examples")}
    lacking = {function.signature.name for function, statement in examples.of_functions() if statement not in answered}
    assert lacking == set()
    without = [
        f"{function.signature.name}({', '.join(each.name for each in function.signature.arguments)})"
        for functions in (examples.loaded.SCALARS, examples.loaded.AGGREGATES, examples.loaded.WINDOWS)
        for listed in functions.values()
        for function in listed
        if not function.examples
    ]
    # What is different each time has no answer to record.
    assert without == ["random()", "rand()"]


@pytest.mark.parametrize(
    ("sql", "thing"),
    [
        ("SELECT xxhash64(X'61')", "xxhash64"),
        ("SELECT array_sort(ARRAY[1], (a, b) -> 0)", "array_sort"),
        ("SELECT * FROM (VALUES 1) t(x) TABLESAMPLE BERNOULLI (50)", "TABLESAMPLE"),
        ("SELECT CAST('1.1.1.1' AS ipaddress)", "ipaddress"),
        ("SELECT json_value('{}', 'lax $.a' RETURNING integer)", "JSON_VALUE"),
        ("INSERT INTO lake.orders VALUES 1", "INSERT"),
    ],
)
def test_what_is_not_in_the_list_is_refused_by_its_name(session: Callable[[], Session], sql: str, thing: str) -> None:
    kind, text = outcome({"sql": sql, "rows": [], "types": []}, session())
    assert (kind, "NOT_SUPPORTED" in text, thing in text, "--engine trino" in text) == ("refused", True, True, True), (
        text
    )


def test_time_travel_on_a_table_that_is_not_iceberg_is_refused(session: Callable[[], Session]) -> None:
    sql = "SELECT * FROM lake.orders FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00 UTC'"

    with pytest.raises(QueryError, match="does not support versioned tables"):
        engine.run(Embedded(), sql, [], session())
