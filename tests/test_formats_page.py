"""`docs/formats.md` says what the formats really write: it is made from files that they wrote.

Written again with: python -m tests.test_formats_page
"""

import gzip
import inspect
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ddb_snapshot import formats, types
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.formats.avro import avro_schema
from tests.ddb_snapshot.snapshots import Item, snapshot

PAGE = Path(__file__).parent.parent / "docs" / "formats.md"
COMMAND = ".venv/bin/python -m tests.test_formats_page"

# Each type of column, the value that shows it, and the column's options.
EXAMPLES: dict[str, tuple[types.ColumnType, dict[str, Any]]] = {
    "Text": (types.Text(), {"S": 'one, "two"\nthree \\'}),
    "Number64": (types.Number64(), {"N": "9007199254740993"}),
    "Decimal": (types.Decimal(), {"N": "12345678901234567890.123456789012345678"}),
    "Double": (types.Double(), {"N": "0.1"}),
    "NumberText": (types.NumberText(), {"N": "12345678901234567890123456789"}),
    "Binary": (types.Binary(), {"B": "gICA"}),
    "Boolean": (types.Boolean(), {"BOOL": True}),
    "ListOf": (types.ListOf(types.Decimal()), {"L": [{"N": "1.5"}, {"NULL": True}]}),
    "SetOf": (types.SetOf(types.Binary(), "BS"), {"BS": ["gICA", "AA=="]}),
    "Struct": (
        types.Struct((types.Field("a_b", "a b", types.Text()), types.Field("n", "n", types.Number64()))),
        {"M": {"a b": {"S": "x"}}},
    ),
    "Json": (types.Json("M"), {"M": {"2024-01-01": {"S": "a\nb"}}}),
    "nulls column": (NULLS.type, {"NULL": True}),
}
HEAD = f"""\
# Formats

What each column type is in each output format: its type in the Data Catalog, and how a value lies in the file. This
page is made from files that the formats wrote (`{COMMAND}`), and a test fails when it no longer says what they write.

Parquet is the default, and the one to prefer. In every format the value that is read back is the one that was put in:
`ddb-assets verify` proves it of a snapshot.

The nulls column, `ddb_nulls`, lists where an item has an explicit NULL, as JSON pointers: attributes that are absent
and attributes that are NULL are both NULL in their columns. A list's NULL element is in it as well. Lists and maps that
have no column yet are in it after their brackets: `[]/tags`, `{{}}/meta`
([columns.md](columns.md#null---and-) has all of it).
"""


def test_the_page_says_what_the_formats_write() -> None:
    assert PAGE.is_file() and PAGE.read_text() == page(), f"{PAGE.name} is out of date: write it again with {COMMAND}"


def page() -> str:
    """The whole document."""
    sections = [HEAD, _examples(), _catalog_types()]
    sections += [_section(name) for name in formats.OUTPUT_FORMATS]
    return "\n".join(sections)


def columns() -> tuple[Column, ...]:
    """One column of each type, named after it."""
    named = [Column(name.lower(), name, kind) for name, (kind, _) in EXAMPLES.items() if kind is not NULLS.type]
    return (*named, NULLS)


def rows() -> pa.Table:
    """One row that holds the example of every column."""
    item: Item = {name: value for name, (_, value) in EXAMPLES.items()}
    known = (*columns()[:-1], Column("nulls_column", "nulls column", types.Text()), NULLS)
    taken = snapshot([item], known=known)
    assert taken.columns == known, "the examples don't fit the columns that they are to show"
    return taken.rows.drop_columns(["nulls_column"])


def written(name: str) -> bytes:
    """A file of that format with the examples."""
    sink = pa.BufferOutputStream()
    formats.write(name, rows(), columns(), sink)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _examples() -> str:
    lines = ["## The examples", "", "| column type | what it holds | example |", "|---|---|---|"]
    for name, (kind, value) in EXAMPLES.items():
        holds = (
            "The JSON pointers of an item's NULLs, and of what has no column yet."
            if kind is NULLS.type
            else inspect.getdoc(type(kind))
        )
        lines.append(f"| {name} | {' '.join((holds or '').split())} | {_code(json.dumps(value))} |")
    return "\n".join([*lines, ""])


def _catalog_types() -> str:
    lines = ["## Types in the Data Catalog", "", f"| column type | {' | '.join(formats.OUTPUT_FORMATS)} |"]
    lines.append("|---" * (1 + len(formats.OUTPUT_FORMATS)) + "|")
    for name, (kind, _) in EXAMPLES.items():
        cells = [_code(formats.by_name(output_format).catalog_type(kind)) for output_format in formats.OUTPUT_FORMATS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _section(name: str) -> str:
    module, storage = formats.by_name(name), formats.storage(name, columns()[:1])
    said = inspect.getdoc(module) or ""
    lines = [f"## {name}", "", said, "", "| column type | in the file |", "|---|---|"]
    lines += [f"| {column} | {_code(shown)} |" for column, shown in zip(EXAMPLES, _in_file(name), strict=True)]
    lines += ["", "| in the catalog | |", "|---|---|"]
    facts = {
        "files": f"part-00000{module.EXTENSION}",
        "SerDe": storage.serde,
        "input format": storage.input_format,
        "output format": storage.output_format,
        **{f"SerDe parameter `{key}`": value for key, value in storage.serde_parameters.items()},
        **{f"table parameter `{key}`": value for key, value in storage.table_parameters.items()},
    }
    lines += [f"| {key} | {_code(value)} |" for key, value in facts.items()]
    return "\n".join([*lines, ""])


def _in_file(name: str) -> Iterator[str]:
    """How each column's example lies in the file: its text, or the file's own type where values are binary."""
    body = written(name)
    match name:
        case "parquet":
            yield from _parquet(pq.ParquetFile(io.BytesIO(body)))
        case "orc":
            # ORC's types bear the catalog's names.
            yield from (formats.by_name(name).catalog_type(column.type) for column in columns())
        case "avro":
            for field in avro_schema(columns())["fields"]:
                yield json.dumps(field["type"][1])
        case "json":
            row = json.loads(gzip.decompress(body))
            for column in columns():
                yield json.dumps(row[column.name], ensure_ascii=False)
        case "csv":
            line = gzip.decompress(body).decode().removesuffix("\n")
            yield from _csv_fields(line)


def _parquet(file: pq.ParquetFile) -> Iterator[str]:
    leaves = [file.schema.column(at) for at in range(len(file.schema))]
    for column in columns():
        own = [leaf for leaf in leaves if leaf.path.split(".")[0] == column.name]
        yield "; ".join(
            " ".join(
                part
                for part in (
                    leaf.path.removeprefix(column.name).removeprefix("."),
                    leaf.physical_type,
                    "" if str(leaf.logical_type) == "None" else str(leaf.logical_type),
                )
                if part
            )
            for leaf in own
        )


def _csv_fields(line: str) -> Iterator[str]:
    start = 0
    for at, character in enumerate(line):
        escapes = len(line[:at]) - len(line[:at].rstrip("\\"))
        if character == "," and escapes % 2 == 0:
            yield line[start:at]
            start = at + 1
    yield line[start:]


def _code(text: str) -> str:
    shown = text.replace("|", "\\|")
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{PAGE} is written")
