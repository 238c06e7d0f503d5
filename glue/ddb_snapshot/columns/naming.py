"""Column and field names: readable, unique, and never moved once given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch

from ddb_snapshot import types
from ddb_snapshot.names import column_name, name_digest


@dataclass(frozen=True)
class Named:
    """Fields for new types, and the names that are kept for the attributes that have no type yet."""

    fields: list[types.Field]
    kept: Mapping[str, str]


def assign_names(
    known: Sequence[types.Field],
    new: Mapping[str, Sequence[types.ColumnType]],
    reserved: Iterable[str] = (),
    kept: Mapping[str, str] | None = None,
) -> Named:
    """Fields for new types of attributes, in the given order.

    An attribute whose own name is already safe gets it; one whose safe name is taken gets `<name>__<digest>`. The first
    type of an attribute has the plain name, further ones `<name>__string` and the like. An attribute without a type
    takes its plain name too, and nobody else gets it: `kept` are such names of earlier snapshots.
    """
    taken = {field.name for field in known} | set(reserved)
    bases: dict[str, str] = {}
    for field in known:
        bases.setdefault(field.attribute, field.name)
    unnamed: set[str] = set()
    for attribute, name in (kept or {}).items():
        # A name can be taken all the same, where two snapshots were planned at once.
        if attribute not in bases and name not in taken:
            bases[attribute] = name
            taken.add(name)
            unnamed.add(attribute)
    fresh = [attribute for attribute in new if attribute not in bases]
    for attribute in sorted(fresh, key=lambda attribute: column_name(attribute) != attribute):
        bases[attribute] = _free_name(attribute, taken)
        taken.add(bases[attribute])
    named: list[types.Field] = []
    unnamed.update(fresh)
    for attribute, column_types in new.items():
        for column_type in column_types:
            name = bases[attribute]
            if attribute not in unnamed:
                name = _free_drift_name(f"{name}__{drift_suffix(column_type)}", taken)
                taken.add(name)
            unnamed.discard(attribute)
            named.append(types.Field(name, attribute, column_type))
    return Named(named, {attribute: name for attribute, name in bases.items() if attribute in unnamed})


def _free_name(attribute: str, taken: set[str]) -> str:
    base = column_name(attribute)
    if base not in taken:
        return base
    digits = 6
    while f"{base}__{name_digest(attribute, digits)}" in taken:
        digits += 2
    return f"{base}__{name_digest(attribute, digits)}"


def _free_drift_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


@singledispatch
def drift_suffix(column_type: types.ColumnType) -> str:
    """What a further column of an attribute is called after."""
    return _SUFFIXES[type(column_type)]


@drift_suffix.register
def _(column_type: types.SetOf) -> str:
    return {"SS": "string_set", "NS": "number_set", "BS": "binary_set"}[column_type.tag]


@drift_suffix.register
def _(column_type: types.Json) -> str:
    return {"M": "map", "L": "list"}[column_type.tag]


_SUFFIXES: dict[type[types.ColumnType], str] = {
    types.Text: "string",
    types.Number64: "bigint",
    types.Decimal: "decimal",
    types.Double: "double",
    types.NumberText: "number",
    types.Binary: "binary",
    types.Boolean: "boolean",
    types.ListOf: "list",
    types.Struct: "map",
}
