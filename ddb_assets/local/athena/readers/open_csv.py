"""CSV by OpenCSVSerde: fields by position, quoted text, one record a line.

Dates are days since 1970 and timestamps milliseconds, as this SerDe has them; an empty number is bad data.
Source: Athena user guide, "Open CSV SerDe for processing CSV"; the parser follows OpenCSV 2.3, which Hive ships.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import HiveType, Primitive, hive_name
from ddb_assets.local.athena.readers.rows import Rows, Wanted, batched, lines
from ddb_assets.local.athena.readers.scalars import from_text
from ddb_assets.local.athena.storage import DataFile, Storage


def read(
    storage: Storage,
    file: DataFile,
    parameters: Mapping[str, str],
    wanted: Sequence[Wanted],
    meter: Callable[[int], None],
) -> Iterator[Rows]:
    """The file's (compressed) bytes are counted."""
    meter(file.size)
    separator = parameters.get("separatorChar", ",")[:1]
    quote = parameters.get("quoteChar", '"')[:1]
    escape = parameters.get("escapeChar", "\\")[:1]
    converts = [(want, _from_field(want.column.type)) for want in wanted]

    def rows() -> Iterator[Sequence[Any]]:
        for line in lines(storage, file, parameters):
            fields = split(line, separator, quote, escape)
            yield [_value(fields, want, convert, file) for want, convert in converts]

    yield from batched(rows(), wanted, file)


def split(line: str, separator: str = ",", quote: str = '"', escape: str = "\\") -> list[str]:
    """The fields of one line, as OpenCSV's CSVParser splits it (an escape counts only inside a field)."""
    if quote not in line and escape not in line:
        return line.split(separator)
    fields: list[str] = []
    field: list[str] = []
    quoted = in_field = False
    at, end = 0, len(line)
    while at < end:
        char = line[at]
        following = line[at + 1] if at + 1 < end else ""
        inside = quoted or in_field
        if char == escape and char != quote:
            if inside and following and following in (quote, escape):
                field.append(following)
                at += 1
        elif char == quote:
            if inside and following == quote:
                field.append(quote)
                at += 1
            else:
                if at > 2 and line[at - 1] != separator and following and following != separator:
                    field.append(char)
                quoted = not quoted
            in_field = not in_field
        elif char == separator and not quoted:
            fields.append("".join(field))
            field = []
            in_field = False
        else:
            field.append(char)
            in_field = True
        at += 1
    # A quote that is never closed takes its field with it: the next line is another record.
    return fields if quoted else [*fields, "".join(field)]


def _value(fields: list[str], want: Wanted, convert: Callable[[str], Any], file: DataFile) -> Any:
    if want.position >= len(fields):
        return None
    text = fields[want.position]
    try:
        return convert(text)
    except (ValueError, ArithmeticError) as error:
        raise QueryError(
            "HIVE_BAD_DATA",
            f"Error parsing field value '{text}' for field {want.position}: {error} "
            f"(column '{want.column.name}' {hive_name(want.column.type)}, {file.uri})",
        ) from error


def _from_field(kind: HiveType) -> Callable[[str], Any]:
    if kind == Primitive("date"):
        return lambda text: dt.date(1970, 1, 1) + dt.timedelta(days=int(text))
    if kind == Primitive("timestamp"):
        return lambda text: dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=int(text))
    try:
        return from_text(kind)
    except KeyError:
        raise QueryError("NOT_SUPPORTED", f"OpenCSVSerde has no column type {hive_name(kind)}") from None
