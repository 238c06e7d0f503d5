"""A statement's rows, as GetQueryResults and the file in S3 give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch

from ddb_assets.local.athena.hive_types import STRING, Array, Decimal, HiveType, Map, Primitive, Struct, Text

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result."""

    name: str
    type: HiveType
    hive: bool = False
    """Whether a statement of Hive's gives it: then it is a `string` in the API, and has no length."""


@dataclass(frozen=True)
class Written:
    """What a statement wrote into a table or a place: rows, and the files that hold them."""

    rows: int
    files: tuple[str, ...]

    def manifest(self) -> bytes:
        """The data manifest: one file a line. Source: Athena user guide, "Find query output files in Amazon S3"."""
        return "".join(f"{file}\n" for file in self.files).encode()


@dataclass(frozen=True)
class Result:
    """Columns and rows, the values as Athena prints them (None is NULL).

    A query's result has its column names as the first row; that of DDL and of SHOW has none, and is plain text in S3.
    """

    columns: tuple[ResultColumn, ...]
    rows: tuple[Row, ...]
    header: bool
    written: Written | None = None

    def all_rows(self) -> Sequence[Row]:
        """The rows with the header, if there is one."""
        return [tuple(column.name for column in self.columns), *self.rows] if self.header else self.rows

    def file(self) -> tuple[bytes, str]:
        """The result file's bytes and content type."""
        if self.header:
            return _csv(self.all_rows()).encode(), "application/octet-stream"
        return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows).encode(), "text/plain"

    def column_info(self) -> list[Mapping[str, object]]:
        """The API's ColumnInfo."""
        return [_column_info(column) for column in self.columns]


def lines(texts: Sequence[str], *names: str) -> Result:
    """The result of SHOW and the like: each row is one text, however many columns there are."""
    columns = tuple(ResultColumn(name, STRING, hive=True) for name in names or ("result",))
    return Result(columns, tuple((text,) for text in texts), header=False)


NOTHING = Result((), (), header=False)
"""What a DDL statement gives that has nothing to say."""


def _csv(rows: Sequence[Row]) -> str:
    """Every value in quotes; NULL is nothing at all."""
    return "".join(
        ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n" for row in rows
    )


def _column_info(column: ResultColumn) -> Mapping[str, object]:
    # PyAthena's tests of SHOW COLUMNS on a real Athena: ("field", "string", None, None, 0, 0, "UNKNOWN").
    name, precision, scale = ("string", 0, 0) if column.hive else _described(column.type)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": name,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": name in ("varchar", "char"),
    }


_LONGEST_TEXT = 2_147_483_647
_PRIMITIVES = {
    "string": ("varchar", _LONGEST_TEXT), "boolean": ("boolean", 0), "tinyint": ("tinyint", 3),
    "smallint": ("smallint", 5), "int": ("integer", 10), "bigint": ("bigint", 19), "float": ("float", 17),
    "double": ("double", 17), "binary": ("varbinary", 1_073_741_824), "timestamp": ("timestamp", 3),
    "timestamp with time zone": ("timestamp with time zone", 3), "time": ("time", 3),
}  # fmt: skip


@singledispatch
def _described(kind: HiveType) -> tuple[str, int, int]:
    """Type, precision and scale, as the API names them."""
    raise NotImplementedError(type(kind))


@_described.register
def _(kind: Primitive) -> tuple[str, int, int]:
    name, precision = _PRIMITIVES.get(kind.name, (kind.name, 0))
    return name, precision, 0


@_described.register
def _(kind: Text) -> tuple[str, int, int]:
    return kind.name, kind.length, 0


@_described.register
def _(kind: Decimal) -> tuple[str, int, int]:
    return "decimal", kind.precision, kind.scale


@_described.register
def _(kind: Array) -> tuple[str, int, int]:
    return "array", 0, 0


@_described.register
def _(kind: Map) -> tuple[str, int, int]:
    return "map", 0, 0


@_described.register
def _(kind: Struct) -> tuple[str, int, int]:
    return "row", 0, 0
