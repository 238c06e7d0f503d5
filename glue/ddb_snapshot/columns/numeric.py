"""Which number types hold which numbers, told from a census."""

from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import Literal

from ddb_snapshot import types
from ddb_snapshot.census import NumberFacts

NumberClass = Literal["integers", "decimals", "others"]


def new_number_types(facts: NumberFacts, known: Sequence[types.ColumnType], numbers: str) -> list[types.ColumnType]:
    """Types to add so that each number fits a column: for what the known ones leave over, class by class."""
    added: list[types.ColumnType] = []
    if left := _left_over(facts, known):
        if numbers == "string":
            return [types.NumberText()]
        if numbers == "double" and types.Double() not in known and facts.inexact < _count(facts):
            added.append(types.Double())
            left = _left_over(facts, [*known, *added])
    return added + ([_exact_type(left)] if left else [])


def whole_number_type(facts: NumberFacts, numbers: str) -> types.ColumnType:
    """One type for all numbers: what the elements of a list or set need."""
    if numbers == "string":
        return types.NumberText()
    if numbers == "double" and not facts.inexact:
        return types.Double()
    return _exact_type(_present(facts))


def unseen_number_type(numbers: str) -> types.ColumnType:
    """The type for a number of which there is no value yet."""
    return whole_number_type(NumberFacts(), numbers)


def holds_all_numbers(column: types.ColumnType, facts: NumberFacts) -> bool:
    """Whether one type holds every number exactly."""
    return all(_holds(column, kind, facts) for kind in _present(facts))


@singledispatch
def _holds(column: types.ColumnType, kind: NumberClass, facts: NumberFacts) -> bool:
    """Whether a type surely holds all numbers of a class."""
    return False


@_holds.register
def _(column: types.Number64, kind: NumberClass, facts: NumberFacts) -> bool:
    return kind == "integers"


@_holds.register
def _(column: types.Decimal, kind: NumberClass, facts: NumberFacts) -> bool:
    room = column.precision - column.scale
    if kind == "integers":
        return facts.integer_digits <= room
    return kind == "decimals" and facts.before_point <= room and facts.after_point <= column.scale


@_holds.register
def _(column: types.Double, kind: NumberClass, facts: NumberFacts) -> bool:
    return not facts.inexact


@_holds.register
def _(column: types.NumberText, kind: NumberClass, facts: NumberFacts) -> bool:
    return True


def _left_over(facts: NumberFacts, known: Sequence[types.ColumnType]) -> list[NumberClass]:
    return [kind for kind in _present(facts) if not any(_holds(column, kind, facts) for column in known)]


def _present(facts: NumberFacts) -> list[NumberClass]:
    counted: list[tuple[NumberClass, int]] = [
        ("integers", facts.integers),
        ("decimals", facts.decimals),
        ("others", facts.others),
    ]
    return [kind for kind, count in counted if count]


def _count(facts: NumberFacts) -> int:
    return facts.integers + facts.decimals + facts.others


def _exact_type(kinds: Iterable[NumberClass]) -> types.ColumnType:
    present = set(kinds)
    if "others" in present:
        return types.NumberText()
    return types.Decimal() if "decimals" in present else types.Number64()
