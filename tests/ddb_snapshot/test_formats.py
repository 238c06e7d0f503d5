"""Every format gives back exactly what was written, through our reader and through those that users have."""

import gzip
import io
import json
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, thresholds, types
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.formats.conform import schema
from tests.ddb_snapshot.snapshots import Item, snapshot
from tests.profiles import cases

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    [
        "",
        "\\N",
        "\\",
        "\\n",
        "two\nlines",
        "\r\n",
        ",",
        '"',
        "\\,",
        "a\\",
        "\x00",
        "\u2028",
        "null",
        "📦",
        "\ufeffx",
        " x ",
    ]
)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    bound = 10**precision - 1
    # Exact digits: Python's default context would round 38 of them.
    return st.integers(-bound, bound).map(
        lambda digits: Decimal((digits < 0, tuple(map(int, str(abs(digits)))), -scale))
    )


SCALARS: dict[types.ColumnType, st.SearchStrategy[Any]] = {
    types.Text(): TEXT,
    types.NumberText(): st.from_regex(r"-?[1-9][0-9]{0,37}E\+?[0-9]{1,2}", fullmatch=True),
    types.Number64(): st.integers(-(2**63), 2**63 - 1),
    types.Decimal(): decimals(38, 18),
    types.Decimal(10, 2): decimals(10, 2),
    types.Double(): st.floats(allow_nan=False, allow_infinity=False),
    types.Binary(): st.binary(max_size=8),
    types.Boolean(): st.booleans(),
    types.Json("M"): st.just('{"M":{"a":{"S":"\\n\\"x,\\""}}}'),
    types.SetOf(types.Text(), "SS"): st.lists(TEXT, min_size=1, max_size=3),
    types.SetOf(types.Decimal(), "NS"): st.lists(decimals(38, 18), min_size=1, max_size=3),
    types.SetOf(types.Binary(), "BS"): st.lists(st.binary(max_size=4), min_size=1, max_size=3),
}


@st.composite
def column_types(draw: st.DrawFn, depth: int = 3) -> tuple[types.ColumnType, st.SearchStrategy[Any]]:
    """A type, and a strategy of its values."""
    kind = draw(st.sampled_from(["scalar", "scalar", "list", "struct"])) if depth else "scalar"
    if kind == "scalar":
        return draw(st.sampled_from(list(SCALARS.items())))
    if kind == "list":
        element, values = draw(column_types(depth - 1))
        return types.ListOf(element), st.lists(st.none() | values, max_size=3)
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    members = {name: draw(column_types(depth - 1)) for name in names}
    fields = tuple(types.Field(name, name.upper(), member) for name, (member, _) in members.items())
    return types.Struct(fields), st.fixed_dictionaries(
        {name: st.none() | values for name, (_, values) in members.items()}
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[Column, ...], pa.Table]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    columns, values = [], []
    for name in names:
        column_type, strategy = draw(column_types())
        columns.append(Column(name, name.upper(), column_type))
        values.append(st.none() | strategy)
    rows = draw(st.lists(st.tuples(*values), max_size=6))
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema(columns))
    return tuple(columns), table


def written(name: str, columns: tuple[Column, ...], table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    formats.write(name, table, columns, sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
@settings(max_examples=cases(80), deadline=None)
@given(case=tables())
def test_what_is_written_is_read_again(name: str, case: tuple[tuple[Column, ...], pa.Table]) -> None:
    columns, table = case

    found = formats.read(name, io.BytesIO(written(name, columns, table)), columns)

    assert found.schema == table.schema
    assert found.to_pylist() == table.to_pylist()


COLUMNS = (
    Column("id", "Id", types.Text()),
    Column("n", "N", types.Number64()),
    Column("price", "price", types.Decimal()),
    Column("data", "data", types.Binary()),
    Column("tags", "tags", types.SetOf(types.Text(), "SS")),
    Column(
        "address",
        "Address",
        types.Struct(
            (types.Field("zip", "ZIP", types.Text()), types.Field("geo", "geo", types.ListOf(types.Decimal())))
        ),
    ),
)
ROWS = [
    {
        "id": "a,b\\c", "n": 2**53 + 1, "price": Decimal("12345678901234567890.123456789012345678"),
        "data": b"\x00\xff", "tags": ["x", "y"],
        "address": {"zip": "0123", "geo": [Decimal("1.500000000000000000"), None]},
    },
    {"id": "", "n": None, "price": None, "data": b"", "tags": [], "address": {"zip": None, "geo": []}},
    {"id": None, "n": -1, "price": Decimal("0.000000000000000001"), "data": None, "tags": None, "address": None},
]  # fmt: skip
TABLE = pa.Table.from_pylist(ROWS, schema=schema(COLUMNS))


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
@settings(max_examples=cases(15), deadline=None)
@given(case=tables())
def test_file_is_copied_part_by_part(name: str, case: tuple[tuple[Column, ...], pa.Table]) -> None:
    """Twice: a copy is a file like any other."""
    columns, table = case
    content = written(name, columns, table)
    for _ in range(2):
        sink = pa.BufferOutputStream()
        writer = formats.by_name(name).Writer(sink, columns)
        for part in formats.stored_parts(name, io.BytesIO(content), columns):
            for batch in part.filter(pa.array([True] * part.num_rows, pa.bool_())).to_batches():
                writer.write(batch)
        writer.close()
        content = sink.getvalue().to_pybytes()
        assert formats.read(name, io.BytesIO(content), columns).to_pylist() == table.to_pylist()


def test_dictionaries_of_several_row_groups_are_copied_as_one() -> None:
    columns = (Column("state", "state", types.Text()), Column("name", "name", types.Text()))
    texts = [[f"{group}-{number % 3}" if number % 5 else None for number in range(200)] for group in range(3)]
    names = [[f"{group}-{number}" for number in range(200)] for group in range(3)]
    source, sink = pa.BufferOutputStream(), pa.BufferOutputStream()
    with thresholds.changed(parquet_row_group_bytes=1):
        groups = [pa.table([own, named], schema(columns)) for own, named in zip(texts, names, strict=True)]
        formats.write("parquet", pa.concat_tables(groups), columns, source)
    content = source.getvalue().to_pybytes()
    assert pq.ParquetFile(io.BytesIO(content)).num_row_groups == 3

    parts = list(formats.stored_parts("parquet", io.BytesIO(content), columns))
    formats.write("parquet", pa.concat_tables(parts), columns, sink)

    assert all(pa.types.is_dictionary(part.schema.field("state").type) for part in parts)
    copy = pq.ParquetFile(io.BytesIO(sink.getvalue().to_pybytes()))
    assert copy.schema_arrow.equals(schema(columns))
    assert copy.num_row_groups == 1
    assert copy.metadata.row_group(0).column(0).has_dictionary_page
    assert copy.read().equals(pa.concat_tables(groups))


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
def test_rows_that_come_in_batches_are_one_file(name: str) -> None:
    sink = pa.BufferOutputStream()
    writer = formats.by_name(name).Writer(sink, COLUMNS)
    for batch in TABLE.to_batches(max_chunksize=1) * 3:
        writer.write(batch)
    writer.close()

    assert formats.read(name, io.BytesIO(bytes(sink.getvalue())), COLUMNS).to_pylist() == ROWS * 3


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
def test_file_without_rows_can_be_read(name: str) -> None:
    found = formats.read(name, io.BytesIO(written(name, COLUMNS, TABLE.slice(0, 0))), COLUMNS)

    assert found == TABLE.slice(0, 0)


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
@given(numbers=st.lists(st.integers(0, len(COLUMNS) - 1), min_size=1, unique=True))
def test_columns_that_are_wanted_are_read_alone(name: str, numbers: list[int]) -> None:
    wanted = [COLUMNS[number] for number in numbers]

    parts = [*formats.read_parts(name, io.BytesIO(written(name, COLUMNS, TABLE)), COLUMNS, wanted)]

    assert pa.concat_tables(parts) == TABLE.select([column.name for column in wanted])


class WatchedFile(io.BytesIO):
    """Notes the threads that read it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.threads: set[int] = set()

    def read(self, size: int | None = -1, /) -> bytes:
        self.threads.add(threading.get_ident())
        return super().read(size)


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
@pytest.mark.parametrize("read", [formats.read, formats.read_parts, formats.stored_parts])
def test_no_thread_of_arrow_reads_a_file(name: str, read: Callable[..., Any]) -> None:
    """One that still held a piece of the file as Python ended would abort the process (apache/arrow issue 34314)."""
    file = WatchedFile(written(name, COLUMNS, TABLE))

    rows = read(name, file, COLUMNS)
    for _ in [rows] if isinstance(rows, pa.Table) else rows:
        pass

    assert file.threads == {threading.get_ident()}


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
def test_older_file_is_read_with_later_columns(name: str) -> None:
    """Columns appended to a table, and fields appended to a struct, are null in files from before."""
    address = COLUMNS[-1].type
    assert isinstance(address, types.Struct)
    grown = types.Struct((*address.fields, types.Field("door", "door code", types.Number64())))
    later = (*COLUMNS[:-1], Column("address", "Address", grown), Column("note", "note", types.Text()))

    found = formats.read(name, io.BytesIO(written(name, COLUMNS, TABLE)), later)

    expected = [
        {**row, "address": row["address"] and {**row["address"], "door": None}, "note": None}  # type: ignore[dict-item]
        for row in ROWS
    ]
    assert found.to_pylist() == expected


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
def test_catalog_gives_the_columns_back(name: str) -> None:
    described = [
        {"Name": column_name, "Type": hive_type, "Parameters": column.parameters()}
        for column, (column_name, hive_type) in zip(COLUMNS, formats.catalog_columns(COLUMNS, name), strict=True)
    ]

    assert formats.columns_from_catalog(described, name) == COLUMNS


@pytest.mark.parametrize("name", formats.OUTPUT_FORMATS)
@settings(max_examples=cases(50), deadline=None)
@given(case=tables())
def test_catalog_gives_any_columns_back(name: str, case: tuple[tuple[Column, ...], pa.Table]) -> None:
    columns = (*case[0], NULLS)
    described = [
        {"Name": column_name, "Type": hive_type, "Parameters": column.parameters()}
        for column, (column_name, hive_type) in zip(columns, formats.catalog_columns(columns, name), strict=True)
    ]

    assert formats.columns_from_catalog(described, name) == columns


def test_catalog_types_follow_the_encoding() -> None:
    own = [
        "string",
        "bigint",
        "decimal(38,18)",
        "binary",
        "array<string>",
        "struct<zip:string,geo:array<decimal(38,18)>>",
    ]

    found = {name: [hive for _, hive in formats.catalog_columns(COLUMNS, name)] for name in formats.OUTPUT_FORMATS}

    assert found == {
        "parquet": own,
        "orc": own,
        "avro": own,
        "json": [*own[:3], "string", *own[4:]],
        "csv": [*own[:3], "string", "string", "string"],
    }


@pytest.mark.parametrize(
    ("name", "serde", "parameters"),
    [
        ("parquet", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", {}),
        ("orc", "org.apache.hadoop.hive.ql.io.orc.OrcSerde", {"orc.column.index.access": "false"}),
        ("avro", "org.apache.hadoop.hive.serde2.avro.AvroSerDe", {}),
        ("json", "org.openx.data.jsonserde.JsonSerDe", {"ignore.malformed.json": "FALSE"}),
        ("csv", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", {"field.delim": ",", "escape.delim": "\\"}),
    ],
)
def test_storage_is_as_athena_documents_it(name: str, serde: str, parameters: dict[str, str]) -> None:
    storage = formats.storage(name, COLUMNS)

    assert storage.serde == serde
    assert parameters.items() <= storage.serde_parameters.items()
    assert storage.table_parameters["classification"] == name


def test_avros_schema_is_in_the_catalog() -> None:
    literal = json.loads(formats.storage("avro", COLUMNS).serde_parameters["avro.schema.literal"])

    assert [field["name"] for field in literal["fields"]] == [column.name for column in COLUMNS]
    assert all(field["default"] is None and field["type"][0] == "null" for field in literal["fields"])


def test_unknown_format_is_refused_naming_those_there_are() -> None:
    with pytest.raises(formats.UnknownFormat, match=r"'xml'.*parquet, orc, avro, json, csv"):
        formats.by_name("xml")


@pytest.mark.parametrize("name", ["parquet", "orc"])
def test_pyarrow_dataset_reads_the_files(name: str, tmp_path: Any) -> None:
    (tmp_path / f"part{formats.by_name(name).EXTENSION}").write_bytes(written(name, COLUMNS, TABLE))

    assert pyarrow.dataset.dataset(tmp_path, format=name).to_table().to_pylist() == ROWS


def test_duckdb_reads_parquet(tmp_path: Any) -> None:
    (tmp_path / "part.parquet").write_bytes(written("parquet", COLUMNS, TABLE))

    found = duckdb.sql(f"SELECT * FROM read_parquet('{tmp_path}/part.parquet')").fetchall()

    assert found == [tuple(row.values()) for row in ROWS]


def test_duckdb_reads_json(tmp_path: Any) -> None:
    (tmp_path / "part.json.gz").write_bytes(written("json", COLUMNS, TABLE))

    found = duckdb.sql(
        f"""SELECT * FROM read_json('{tmp_path}/part.json.gz', format='newline_delimited', columns={{
            id: 'VARCHAR', n: 'BIGINT', price: 'DECIMAL(38,18)', data: 'VARCHAR', tags: 'VARCHAR[]'}})"""
    ).fetchall()

    encoded = ["AP8=", "", None]
    assert found == [
        (row["id"], row["n"], row["price"], data, row["tags"]) for row, data in zip(ROWS, encoded, strict=True)
    ]


def test_csv_is_read_by_any_reader_of_backslash_escaped_text() -> None:
    plain = gzip.decompress(written("csv", COLUMNS, TABLE))

    found = pyarrow.csv.read_csv(
        io.BytesIO(plain),
        pyarrow.csv.ReadOptions(column_names=[column.name for column in COLUMNS]),
        pyarrow.csv.ParseOptions(quote_char=False, escape_char="\\"),
        pyarrow.csv.ConvertOptions(
            column_types={"id": pa.string(), "n": pa.int64(), "price": pa.string()}, null_values=["N"]
        ),
    ).to_pydict()

    # Backslashes of strings are doubled in CSV, so that `\n` can stand for a line feed: see the module's docstring.
    assert found["id"] == ["a,b\\\\c", "", "N"]
    assert found["n"] == [2**53 + 1, None, -1]
    assert found["price"][0] == "12345678901234567890.123456789012345678"
    assert json.loads(found["address"][0]) == {"zip": "0123", "geo": ["1.500000000000000000", None]}


@pytest.mark.parametrize("output_format", ["csv", "json"])
def test_small_decimals_are_written_as_digits(output_format: str) -> None:
    columns = (Column("d", "d", types.Decimal()), Column("l", "l", types.ListOf(types.Decimal())))
    values = [Decimal("1E-18"), None, Decimal("-0.0000001"), Decimal("12.5")]
    rows = pa.table(
        [
            pa.array(values, pa.decimal128(38, 18)),
            pa.array([[value] for value in values], types.arrow_type(columns[1].type)),
        ],
        names=["d", "l"],
    )
    sink = pa.BufferOutputStream()

    formats.write(output_format, rows, columns, sink)

    text = gzip.decompress(sink.getvalue().to_pybytes()).decode()
    assert "E-" not in text
    assert text.count("0.000000000000000001") == 2


def test_parquet_has_dictionaries_where_values_repeat() -> None:
    items: list[Item] = [
        {
            "id": {"S": f"item {number}"},
            "state": {"S": "open" if number % 3 else "paid"},
            "lines": {"L": [{"M": {"sku": {"S": f"sku {number}"}, "unit": {"S": "kg"}}}]},
        }
        for number in range(1000)
    ]
    taken = snapshot(items)
    sink = pa.BufferOutputStream()
    formats.write("parquet", taken.rows, taken.columns, sink)

    group = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.row_group(0)

    encoded = {group.column(at).path_in_schema: group.column(at).encodings for at in range(group.num_columns)}
    assert {path for path, encodings in encoded.items() if "RLE_DICTIONARY" in encodings} == {
        "state",
        "lines.list.element.unit",
    }
    assert taken.through("parquet").items() == taken.items()
