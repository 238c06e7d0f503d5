"""Delimited text by LazySimpleSerDe: fields by position, nested values by further delimiters.

Text that is no value of its column's type is NULL. Source: Athena user guide, "Lazy Simple SerDe for CSV, TSV, and
custom-delimited files"; Hive's LazySerDeParameters for the separators of each depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ddb_assets.local.athena.hive_types import Array, HiveType, Map, Struct
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
    text = _Delimited(parameters)
    converts = [(want.position, text.converter(want.column.type, 1)) for want in wanted]

    def rows() -> Iterator[Sequence[Any]]:
        for line in lines(storage, file, parameters):
            fields = text.split(line, 0)
            yield [convert(fields[at]) if at < len(fields) else None for at, convert in converts]

    yield from batched(rows(), wanted, file)


class _Delimited:
    def __init__(self, parameters: Mapping[str, str]) -> None:
        first = parameters.get("field.delim") or parameters.get("serialization.format")
        second = parameters.get("collection.delim") or parameters.get("colelction.delim")
        third = parameters.get("mapkey.delim")
        given = [_delimiter(first, 1), _delimiter(second, 2), _delimiter(third, 3)]
        self._delimiters = [*given, *(chr(code) for code in range(4, 9))]
        self._escape = _delimiter(parameters["escape.delim"], 0) if parameters.get("escape.delim") else None
        self._null = parameters.get("serialization.null.format", "\\N")

    def split(self, text: str, depth: int) -> list[str]:
        """Parts between the depth's delimiters; escapes stay, for the parts may be split again."""
        delimiter = self._delimiters[depth]
        if self._escape is None or self._escape not in text:
            return text.split(delimiter)
        parts, start, at = [], 0, 0
        while at < len(text):
            if text[at] == self._escape:
                at += 2
                continue
            if text[at] == delimiter:
                parts.append(text[start:at])
                start = at + 1
            at += 1
        return [*parts, text[start:]]

    def converter(self, kind: HiveType, depth: int) -> Callable[[str], Any]:
        """A function from a part's text to the value; `depth` is the delimiter of the parts inside it."""
        if isinstance(kind, Array):
            element = self.converter(kind.element, depth + 1)
            return self._nullable(lambda text: [element(part) for part in self.split(text, depth)] if text else [])
        if isinstance(kind, Map):
            key, value = self.converter(kind.key, depth + 2), self.converter(kind.value, depth + 2)
            return self._nullable(lambda text: self._entries(text, depth, key, value))
        if isinstance(kind, Struct):
            fields = [(name, self.converter(field, depth + 1)) for name, field in kind.fields]

            def struct(text: str) -> Any:
                parts = self.split(text, depth)
                return {name: get(parts[i]) if i < len(parts) else None for i, (name, get) in enumerate(fields)}

            return self._nullable(struct)
        parse = from_text(kind)
        return self._nullable(lambda text: _or_null(parse, self._unescape(text)))

    def _entries(self, text: str, depth: int, key: Callable[[str], Any], value: Callable[[str], Any]) -> Any:
        entries = []
        for part in self.split(text, depth) if text else []:
            name, *rest = self.split(part, depth + 1)
            entries.append((key(name), value(rest[0]) if rest else None))
        return entries

    def _nullable(self, convert: Callable[[str], Any]) -> Callable[[str], Any]:
        return lambda text: None if text == self._null else convert(text)

    def _unescape(self, text: str) -> str:
        if self._escape is None or self._escape not in text:
            return text
        out, at = [], 0
        while at < len(text):
            if text[at] == self._escape and at + 1 < len(text):
                at += 1
                out.append({"n": "\n", "r": "\r"}.get(text[at], text[at]))
            else:
                out.append(text[at])
            at += 1
        return "".join(out)


def _or_null(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except (ValueError, ArithmeticError):
        return None


def _delimiter(text: str | None, default: int) -> str:
    """Hive takes a character, or the code of one as a number."""
    if not text:
        return chr(default)
    if len(text) > 1 and text.isdigit():
        return chr(int(text))
    return {"\\t": "\t", "\\n": "\n", "\\u0001": "\x01"}.get(text, text[0])
