"""What a user may say about columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from ddb_snapshot import allowed, types
from ddb_snapshot.tagged import Limits

Nested = Literal["struct", "json"]
Numbers = Literal["exact", "double", "string"]

_PINNABLE: dict[str, tuple[types.ColumnType, ...]] = {
    "string": (types.Text(), types.NumberText()),
    "bigint": (types.Number64(),),
    "double": (types.Double(),),
    "decimal": (types.Decimal(),),
    "boolean": (types.Boolean(),),
    "binary": (types.Binary(),),
    "json": (types.Json("M"), types.Json("L")),
}


class UnknownType(ValueError):
    """A pinned type that no column can have."""


@dataclass(frozen=True)
class ColumnOptions:
    """Options of a table's columns. Raises ValueError, with the option named, for bad ones.

    `columns` pins attributes, by their exact names, to types (`parse_type`); a value that doesn't fit goes to a drift
    column. `nested`: maps and lists as structs and arrays, or as JSON text. `numbers`: `exact` is bigint, else
    decimal(38,18), else text; `double` where the decimal text survives it; `string` is the exact text.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    nested: Nested = "struct"
    numbers: Numbers = "exact"
    max_map_keys: int = 200
    max_depth: int = 8

    def __post_init__(self) -> None:
        _one_of("nested", self.nested, get_args(Nested))
        _one_of("numbers", self.numbers, get_args(Numbers))
        if self.max_map_keys not in allowed.MAP_KEYS:
            raise ValueError(f"max_map_keys is {self.max_map_keys}; give {allowed.MAP_KEYS}")
        if self.max_depth not in allowed.DEPTH:
            raise ValueError(f"max_depth is {self.max_depth}; give {allowed.DEPTH} (DynamoDB nests no deeper)")
        for attribute in self.columns:
            if not attribute:
                raise ValueError("columns: a pin names no attribute")
            self.pinned(attribute)

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "ColumnOptions":
        """The options of a JSON object. Raises ValueError for an unknown key."""
        known = [option.name for option in fields(cls)]
        for key in written:
            _one_of("column option", key, known)
        return cls(**written)

    def limits(self) -> Limits:
        """The limits for the reader."""
        return Limits(self.max_map_keys, self.max_depth)

    def pinned(self, attribute: str) -> tuple[types.ColumnType, ...]:
        """The pinned types of an attribute: none, or one for each DynamoDB type that the pin speaks of."""
        if attribute not in self.columns:
            return ()
        try:
            return parse_type(self.columns[attribute])
        except UnknownType as error:
            raise UnknownType(f"columns: {attribute}: {error}") from None


def parse_type(text: str) -> tuple[types.ColumnType, ...]:
    """The types that a pin's text means. `string` keeps strings and numbers, `json` keeps maps and lists.

    Raises UnknownType for text that isn't string, bigint, double, decimal, decimal(p,s), boolean, binary or json.
    """
    wanted = "".join(str(text).lower().split())
    if wanted in _PINNABLE:
        return _PINNABLE[wanted]
    if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", wanted):
        try:
            return (types.Decimal(int(match[1]), int(match[2])),)
        except ValueError as error:
            raise UnknownType(str(error)) from None
    raise UnknownType(f"{text!r} is not a type; use {', '.join(_PINNABLE)} or decimal(precision,scale)")


def _one_of(option: str, value: object, known: object) -> None:
    choices = list(known)  # type: ignore[call-overload]
    if value not in choices:
        raise ValueError(f"{option}: {value!r} is not one of {', '.join(map(str, choices))}")
