"""The job's arguments: what is refused names the argument, its value and what is allowed."""

import re
from datetime import UTC, datetime

import pytest

from ddb_snapshot.arguments import Arguments, BadArgument, Pipes, parse
from ddb_snapshot.formats import OUTPUT_FORMATS

REQUIRED = {
    "table_name": "Reviews",
    "read_percentage": "0.25",
    "output_prefix": "s3://bucket/snapshots_reviews",
    "output_format": "parquet",
}


def words(**changes: str | None) -> list[str]:
    given = {**REQUIRED, **changes}
    return [word for name, value in given.items() if value is not None for word in (f"--{name}", value)]


def parsed(argv: list[str]) -> Arguments:
    return parse(argv, now=lambda: datetime(2026, 11, 24, 0, 7, 59, tzinfo=UTC), new_id=lambda: "abc")


def test_the_originals_four_arguments_are_enough() -> None:
    assert parsed(words()) == Arguments(
        "Reviews", 0.25, "s3://bucket/snapshots_reviews", "parquet", "2026-11-24T00:07", "abc", run_id="abc"
    )


def test_all_arguments() -> None:
    given = words(
        snapshot_timestamp="2026-11-23T00:00",
        attempt="run-1",
        database="db",
        catalog_table="snapshots_reviews",
        column_options='{"nested": "json"}',
        output_prefix="s3://bucket/prefix/",
    )

    assert parsed(given) == Arguments(
        "Reviews", 0.25, "s3://bucket/prefix", "parquet", "2026-11-23T00:00", "run-1-abc", "db", "snapshots_reviews",
        {"nested": "json"}, run_id="abc",
    )  # fmt: skip


FOLDER = "s3://bucket/exports/AWSDynamoDB/01700000000000-abcdef01"


def test_capture_from_exports() -> None:
    full = parsed(words(capture="export", exports=f'["{FOLDER}"]'))
    merged = parsed(words(capture="incremental", exports=f'["{FOLDER}/", "{FOLDER}"]', previous="s3://bucket/x/1"))

    assert (full.capture, full.exports, full.previous) == ("export", (f"{FOLDER}/",), None)
    assert (merged.exports, merged.previous) == ((f"{FOLDER}/", f"{FOLDER}/"), "s3://bucket/x/1/")
    assert parsed(words(max_rcu="500", max_lag="900")).max_rcu == 500.0
    assert parsed(words(max_lag="900")).max_lag == 900.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"capture": "stream"}, "--capture is 'stream': allowed are scan, export, incremental"),
        ({"max_lag": "15m"}, "--max_lag is '15m': allowed is a number of seconds, 1 or more"),
        ({"max_lag": "0"}, "--max_lag is '0'"),
        ({"exports": f'["{FOLDER}"]'}, "`--capture scan` reads no export"),
        ({"capture": "export"}, "`--capture export` reads one full export"),
        ({"capture": "export", "exports": f'["{FOLDER}", "{FOLDER}"]'}, "reads one full export"),
        ({"capture": "export", "exports": FOLDER}, "allowed is a JSON list"),
        ({"capture": "export", "exports": '["bucket/x"]'}, "allowed is a JSON list of s3:// folders"),
        ({"capture": "incremental", "exports": f'["{FOLDER}"]'}, "--previous is None: `--capture incremental` needs"),
        ({"capture": "incremental", "exports": f'["{FOLDER}"]', "previous": "x"}, "--previous is 'x': allowed is"),
        ({"capture": "incremental", "previous": "s3://bucket/x"}, "reads one export or more"),
        ({"previous": "s3://bucket/x"}, "`--capture scan` merges with no attempt"),
        *(({"max_rcu": rcu}, f"--max_rcu is '{rcu}': allowed is a number") for rcu in ("0.9", "-1", "many", "inf")),
    ],
)
def test_capture_that_makes_no_sense_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(said)):
        parsed(words(**given))


def test_glues_and_pipes_arguments_are_ignored() -> None:
    glues = [
        "--JOB_NAME", "job", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--job-bookmark-option", "job-bookmark-disable",
        "--TempDir", "s3://tmp/", "--extra-py-files", "s3://bucket/ddb_snapshot.zip", "--enable-metrics",
        "--additional-python-modules", "orjson", "--job-language", "python",
        "--enable-continuous-cloudwatch-log", "true",
        "--SECURITY_CONFIGURATION", "x", "--spark-event-logs-path", "s3://logs/", "--conf", "spark.x=y",
        "--dagster-pipes-context", "c", "--dagster-pipes-messages", "m",
    ]  # fmt: skip

    arguments = parsed(glues + words())

    assert arguments.attempt == "jr_1"
    assert arguments.pipes == Pipes({"dagster-pipes-context": "c", "dagster-pipes-messages": "m"}, "jr_1")
    assert parsed([*words(), "--dagster-pipes-context", "c"]).pipes is None


def test_two_runs_of_one_attempt_have_a_folder_each() -> None:
    """Glue repeats a start whose answer was lost, and retries a run: the same `--attempt`, other runs."""
    first, second = (parsed(words(attempt="a", JOB_RUN_ID=run)).attempt for run in ("jr_1", "jr_1_attempt_1"))

    assert (first, second) == ("a-jr_1", "a-jr_1_attempt_1")


@pytest.mark.parametrize("share", ["0.1", "1", "1.0", "0.25"])
def test_read_percentage_in_range(share: str) -> None:
    assert parsed(words(read_percentage=share)).read_percentage == float(share)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_formats_are_those_there_are(output_format: str) -> None:
    assert parsed(words(output_format=output_format)).output_format == output_format


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        *(
            ("read_percentage", value, "0.1 to 1.0")
            for value in ("0.0999", "1.01", "0", "-1", "nan", "inf", "half", "")
        ),
        *(("output_format", value, "parquet, orc, avro, json, csv") for value in ("xml", "Parquet", "")),
        *(("output_prefix", value, "s3://bucket") for value in ("bucket/x", "s3://", "s3://B!/x", "hdfs://bucket/x")),
        *(("snapshot_timestamp", value, "2026-11-24T00:00") for value in ("2026-11-24", "2026-11-24T24:00", "now")),
        *(("attempt", value, "first a letter") for value in ("_hidden", ".x", "a/b", "a b")),
        *(("column_options", value, "JSON object") for value in ("{", "[]", "1")),
        *(("table_name", value, "3 to 255") for value in ("ab", "a b c", "x" * 256)),
        ("readpercentage", "0.5", "near to --read_percentage"),
    ],
)
def test_bad_argument_names_itself_its_value_and_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(f"--{name} is {value!r}")) as refused:
        parsed(words(**{name: value}))

    assert allowed in str(refused.value)


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_argument_is_named(name: str) -> None:
    with pytest.raises(BadArgument, match=f"--{name} is None: it is missing"):
        parsed(words(**{name: None}))


def test_argument_given_twice_is_refused() -> None:
    with pytest.raises(BadArgument, match="--table_name is 'Other': it was given before, as 'Reviews'"):
        parsed([*words(), "--table_name", "Other"])


def test_equals_sign_and_stray_words() -> None:
    assert parsed([*words(attempt=None), "--attempt=x=y".replace("x=y", "a-1")]).attempt == "a-1-abc"
    with pytest.raises(BadArgument, match="written `--name value`"):
        parsed(["Reviews", *words()])
