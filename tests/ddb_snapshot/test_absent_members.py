"""What an item lacks inside a map stays absent, however wide the table is."""

from collections.abc import Sequence

import orjson
import pyarrow as pa
import pytest

from ddb_snapshot.census import Census
from ddb_snapshot.encode.cells import Cells
from ddb_snapshot.structs import children
from ddb_snapshot.tagged import Part, TaggedSchema, read_lines
from tests.conftest import Project
from tests.ddb_snapshot.snapshots import Item, comparable, snapshot
from tests.properties.history import sendable

FULL: Item = {"v": {"S": "x"}, "b": {"BOOL": True}, "n": {"NULL": True}}
WITH_NUMBERS: Item = FULL | {"c": {"N": "2.5"}, "s": {"NS": ["1"]}, "l": {"L": [{"N": "1"}]}, "y": {"B": "AA=="}}


def wide(width: int, inner: Item) -> list[Item]:
    """Four items; two have `m.inner`, one has a map without it, one has no map."""
    maps: Sequence[Item] = (
        {"m": {"M": {"inner": {"M": inner}}}},
        {"m": {"M": {"other": {"S": "y"}}}},
        {"m": {"M": {"inner": {"M": inner}}}},
        {},
    )
    plain = {f"a{number}": {"S": "x"} for number in range(width)}
    return [{"id": {"S": str(number)}} | plain | own for number, own in enumerate(maps)]


@pytest.mark.parametrize("inner", [FULL, WITH_NUMBERS], ids=["texts", "numbers"])
def test_wide_tables_have_what_narrow_ones_have(inner: Item) -> None:
    narrow, broad = snapshot(wide(1, inner)), snapshot(wide(700, inner))

    assert broad.items() == comparable(wide(700, inner))
    for name in ("m", "ddb_nulls"):
        assert broad.values(name) == narrow.values(name)
        assert broad.types()[name] == narrow.types()[name]
    assert broad.census.attributes["m"] == narrow.census.attributes["m"]


def test_a_null_struct_has_null_members_at_every_depth() -> None:
    kind = pa.struct([("M", pa.struct([("x", pa.struct([("S", pa.string()), ("NS", pa.list_(pa.string()))]))]))])
    array = pa.array([None, {"M": None}, {"M": {"x": None}}, {"M": {"x": {"S": ""}}}], kind)

    (maps,) = children(array).values()
    (inner,) = children(maps).values()

    assert {tag: values.to_pylist() for tag, values in children(inner).items()} == {
        "S": [None, None, None, ""],
    }
    assert children(inner.slice(3))["S"].to_pylist() == [""]


def test_a_part_of_objects_is_that_of_the_reader() -> None:
    items = wide(2, WITH_NUMBERS)
    tagged, schema = read_lines(b"\n".join(orjson.dumps({"Item": item}) for item in items), TaggedSchema())
    (direct,) = tagged.parts
    objects = Part.of_objects(items, schema)

    for attribute, values in objects.attributes.items():
        assert Cells.of(values.structs).text().to_pylist() == [
            text for text in Cells.of(direct.attributes[attribute].structs).text().to_pylist() if text is not None
        ]
    assert Census.of(type(tagged)((objects,), schema)) == Census.of(tagged)


@pytest.mark.parametrize("inner", [FULL, WITH_NUMBERS], ids=["texts", "numbers"])
def test_the_view_of_a_wide_table_shows_what_was_put(project: Project, inner: Item) -> None:
    table = f"WideNested{len(inner)}"
    project.local_aws.put(table, [sendable(item) for item in wide(700, inner)])

    project.snapshot(table)

    rows = project.local_aws.query(
        'SELECT id, m."inner".v, CAST(m."inner".b AS varchar), m.other, '
        f"array_join(ddb_nulls, ' ') FROM {table.lower()} ORDER BY id",
        "dynamodb_exports",
    )
    assert rows[-4:] == [
        ("0", "x", "true", None, "/m/inner/n"),
        ("1", None, None, "y", None),
        ("2", "x", "true", None, "/m/inner/n"),
        ("3", None, None, None, None),
    ]
