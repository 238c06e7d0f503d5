"""What tables hold: the same by the files, by local Athena's embedded engine, and by Trino.

Each history is a table whose items drift: attributes come and go, have another type, or another case, so that columns
are added and kept names change hands over old partitions. Its partitions' values have a colon, escaped in their paths.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ddb_assets import verify as proving
from ddb_snapshot.columns import Column
from ddb_snapshot.formats import OUTPUT_FORMATS
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item
from tests.profiles import NIGHTLY, cases
from tests.properties.cells import comparable, shown
from tests.properties.history import DATABASE, History, check, sendable
from tests.properties.tables import Block, tables
from tests.test_other_readers import ITEMS
from tests.trino.conftest import Compared, Trino

PHASES = tuple(Phase) if NIGHTLY else (Phase.explicit, Phase.reuse, Phase.generate)

GROWING: Sequence[Block] = (
    [{"id": {"S": "1"}, "Price": {"N": "1"}, "m": {"M": {"a": {"N": "1"}}}, "l": {"L": [{"M": {"x": {"S": "1"}}}]}}],
    [
        {"id": {"S": "1"}, "price": {"S": "one"}, "m": {"M": {"b": {"S": "x"}, "a": {"N": "2"}}}, "new": {"B": "AAE="}},
        {"id": {"S": "2"}, "Price": {"N": "2.5"}, "l": {"L": [{"M": {"y": {"BOOL": True}, "x": {"S": "2"}}}]}},
    ],
    [{"id": {"S": "3"}, "PRICE": {"BOOL": True}, "m": {"S": "no"}, "zip code": {"S": "0123"}, "e:f": {"N": "1E+100"}}],
)  # fmt: skip
"""A column for each of three cases of one name, a longer struct, a struct in a list, an attribute of two types."""


def compare(history: History, trino: Trino, compared: Compared) -> None:
    """Trino's cells against those of the files, which `check` compares with local Athena's and with the items."""
    columns, output_format = history.columns, history.output_format
    check(history)
    rows = trino.query(f'SELECT * FROM "{history.catalog_table}"', DATABASE)
    found: dict[str | None, list[list[Any]]] = {}
    for row in rows:
        found.setdefault(row[-1], []).append(cells(row, columns, output_format))
    for taken in history.taken:
        expected = [
            [comparable(shown(row[c.name], c.type, output_format), c.type, output_format) for c in columns]
            for row in taken.rows(columns).to_pylist()
        ]
        key = taken.manifest.snapshot_timestamp
        assert sorted(found.get(key, []), key=repr) == sorted(expected, key=repr)
    # The partition's value in a condition, which Trino hands to the Data Catalog, and the same for a column.
    key = history.taken[-1].manifest.snapshot_timestamp
    counted = trino.query(
        f"SELECT count(*) FROM \"{history.catalog_table}\" WHERE snapshot_timestamp = '{key}' AND id IS NOT NULL",
        DATABASE,
    )
    assert counted == [(str(len(history.taken[-1].items)),)]
    by = "files = local Athena = Trino"
    compared.add(f"tables in {output_format}", by, "cells", len(rows) * (len(columns) + 1))
    compared.add("snapshots (partitions)", by, "items", len(rows))


def cells(row: Sequence[str | None], columns: Sequence[Column], output_format: str) -> list[Any]:
    return [comparable(cell, c.type, output_format) for cell, c in zip(row[:-1], columns, strict=True)]


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@settings(max_examples=cases(10), deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(blocks=tables())
def test_every_cell_of_any_table_is_read_equal(
    local_aws: LocalAws, trino: Trino, compared: Compared, output_format: str, blocks: list[Block]
) -> None:
    with History(local_aws, output_format) as history:
        for block in blocks:
            history.snapshot(block)
        compare(history, trino, compared)


@pytest.mark.parametrize("options", [{}, {"nested": "json"}, {"numbers": "double"}, {"numbers": "string"}], ids=str)
@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_tables_that_grow_and_whose_columns_are_renamed_are_read_equal(
    local_aws: LocalAws, trino: Trino, compared: Compared, output_format: str, options: dict[str, Any]
) -> None:
    with History(local_aws, output_format, options) as history:
        for items in (*GROWING, ITEMS):
            history.snapshot(items)
        compare(history, trino, compared)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_a_snapshot_that_is_proved_lossless_is_what_trino_shows(
    local_aws: LocalAws, trino: Trino, compared: Compared, output_format: str
) -> None:
    """`verify`: the live table's items are the files'; and each of its items is a row of Trino's."""
    items: list[Item] = [{"id": {"S": str(n)}, "n": {"N": f"{n}.5"}, "t": {"S": f"text {n}"}} for n in range(50)]
    with History(local_aws, output_format) as history:
        history.snapshot(items)
        proof = proving.verify(history.table_name, database=DATABASE)
        rows = trino.query(f'SELECT id, CAST(n AS decimal(38, 1)), t FROM "{history.catalog_table}"', DATABASE)

        live = local_aws.client("dynamodb").scan(TableName=history.table_name)["Items"]
    assert proof.equal
    assert sorted(rows) == sorted((item["id"]["S"], item["n"]["N"], item["t"]["S"]) for item in live)
    assert len(live) == len([sendable(item) for item in items])
    compared.add("verify", "live table = files = Trino", "items", len(rows))
