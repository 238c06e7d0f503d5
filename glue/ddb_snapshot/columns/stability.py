"""Rule 3: a published column never changes its type or meaning; struct fields are only appended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch

from ddb_snapshot import types
from ddb_snapshot.columns.column import Column


class ColumnChanged(ValueError):
    """A column that was published would change."""


@dataclass(frozen=True)
class SchemaDiff:
    """What a new list of columns has over an old one: columns, and struct fields as dotted paths."""

    added_columns: tuple[Column, ...]
    appended_fields: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added_columns or self.appended_fields)


def schema_diff(old: Sequence[Column], new: Sequence[Column]) -> SchemaDiff:
    """Columns added and struct fields appended. Says nothing about forbidden changes: that is `check_stable`."""
    before = {column.name: column for column in old}
    added = tuple(column for column in new if column.name not in before)
    appended = [
        path
        for column in new
        if column.name in before
        for path in _appended(before[column.name].type, column.type, column.name)
    ]
    return SchemaDiff(added, tuple(appended))


def check_stable(old: Sequence[Column], new: Sequence[Column], table: str = "the table") -> None:
    """Raise ColumnChanged unless `new` is `old` with columns appended at the end and fields appended to structs."""
    for position, column in enumerate(old):
        if position >= len(new) or new[position].name != column.name:
            found = new[position].name if position < len(new) else "nothing"
            raise ColumnChanged(
                f"{table}: column {column.name} ({types.hive_type(column.type)}) was number {position + 1}; now "
                f"{found} is there. Published columns keep their place, as CSV, JSON and Avro partitions are read by "
                "position"
            )
        after = new[position]
        if after.attribute != column.attribute:
            raise ColumnChanged(
                f"{table}: column {column.name} held attribute {column.attribute!r} and would now hold "
                f"{after.attribute!r}"
            )
        if not _extends(column.type, after.type):
            raise ColumnChanged(
                f"{table}: column {column.name} would change from {types.hive_type(column.type)} to "
                f"{types.hive_type(after.type)} ({types.to_json(column.type)} to {types.to_json(after.type)})"
            )


@singledispatch
def _extends(old: types.ColumnType, new: types.ColumnType) -> bool:
    """Whether files of the old type are read right with the new one."""
    return old == new


@_extends.register
def _(old: types.ListOf, new: types.ColumnType) -> bool:
    return isinstance(new, types.ListOf) and _extends(old.element, new.element)


@_extends.register
def _(old: types.Struct, new: types.ColumnType) -> bool:
    return (
        isinstance(new, types.Struct)
        and len(new.fields) >= len(old.fields)
        and all(
            was.name == now.name and was.attribute == now.attribute and _extends(was.type, now.type)
            for was, now in zip(old.fields, new.fields, strict=False)
        )
    )


@singledispatch
def _appended(old: types.ColumnType, new: types.ColumnType, path: str) -> Iterator[str]:
    """The struct fields that `new` has over `old`, as dotted paths."""
    return iter(())


@_appended.register
def _(old: types.ListOf, new: types.ColumnType, path: str) -> Iterator[str]:
    if isinstance(new, types.ListOf):
        yield from _appended(old.element, new.element, path)


@_appended.register
def _(old: types.Struct, new: types.ColumnType, path: str) -> Iterator[str]:
    if isinstance(new, types.Struct):
        for was, now in zip(old.fields, new.fields, strict=False):
            yield from _appended(was.type, now.type, f"{path}.{now.name}")
        for member in new.fields[len(old.fields) :]:
            yield f"{path}.{member.name}"
