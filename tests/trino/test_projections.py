"""Partition projection: Trino reads what the table's properties say; the embedded engine refuses or reads the same."""

import pytest

from ddb_assets.errors import UserError
from tests.conftest import LocalAws
from tests.trino.conftest import Compared, Trino

DATABASE = "projections"
KEYS = {
    "enum": ("string", {"type": "enum", "values": "a,b,never"}, ["a", "b"]),
    "integer": ("int", {"type": "integer", "range": "1,12", "digits": "2"}, ["01", "12"]),
    "date": (
        "string",
        {"type": "date", "format": "yyyy-MM-dd", "range": "2026-01-01,2026-01-31"},
        ["2026-01-01", "2026-01-31"],
    ),
    "hours": (
        "string",
        {
            "type": "date",
            "format": "yyyy-MM-dd-HH",
            "range": "2026-01-01-00,2026-01-02-00",
            "interval": "1",
            "interval.unit": "HOURS",
        },
        ["2026-01-01-00", "2026-01-01-23"],
    ),
    "injected": ("string", {"type": "injected"}, ["x", "y"]),
}


@pytest.mark.parametrize("kind", KEYS)
def test_projected_partitions_are_read(local_aws: LocalAws, trino: Trino, compared: Compared, kind: str) -> None:
    key_type, properties, values = KEYS[kind]
    s3, place = local_aws.client("s3"), f"s3://dynamodb-exports/projections/{kind}/"
    for number, value in enumerate(values):
        s3.put_object(
            Bucket="dynamodb-exports", Key=f"projections/{kind}/at={value}/f.csv", Body=f"{number},x\n".encode()
        )
    written = {"projection.enabled": "true", "storage.location.template": place + "at=${p}"}
    written |= {f"projection.p.{name}": value for name, value in properties.items()}
    local_aws.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
    local_aws.query(
        f"CREATE EXTERNAL TABLE {kind} (n int, t string) PARTITIONED BY (p {key_type}) ROW FORMAT DELIMITED FIELDS "
        f"TERMINATED BY ',' LOCATION '{place}' TBLPROPERTIES ("
        + ", ".join(f"'{name}'='{value}'" for name, value in written.items())
        + ")",
        DATABASE,
    )
    shown = [value.lstrip("0") if key_type == "int" else value for value in values]

    for number, value in enumerate(shown):
        literal = value if key_type == "int" else f"'{value}'"
        sql = f'SELECT * FROM "{kind}" WHERE p = {literal}'
        assert trino.query(sql, DATABASE) == [(str(number), "x", value)]
        assert embedded(local_aws, sql) in (None, [(str(number), "x", value)])
    if kind != "injected":
        everything = f'SELECT n, t, p FROM "{kind}" ORDER BY n'
        assert trino.query(everything, DATABASE) == [(str(n), "x", value) for n, value in enumerate(shown)]
    compared.add("partition projection", "files = Trino", "partitions", len(values))


def embedded(local_aws: LocalAws, sql: str) -> list[tuple[str | None, ...]] | None:
    """The embedded engine's rows; None when it says that it has no projection."""
    try:
        return local_aws.query(sql, DATABASE)
    except UserError as refused:
        assert "NOT_SUPPORTED" in str(refused)
        assert "partition projection" in str(refused)
        return None
