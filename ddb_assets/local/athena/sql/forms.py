"""The forms of the grammar that begin with a word of their own: CASE, CAST, INTERVAL, EXTRACT, ARRAY, ROW, …"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.nodes import (
    ArrayOf,
    Case,
    Cast,
    Expression,
    Extract,
    IntervalLiteral,
    RowOf,
    Special,
)
from ddb_assets.local.athena.sql.reading import Reader

_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


class FormReader(Reader):
    """Reads these forms. None where the word is a name after all."""

    @abstractmethod
    def expression(self) -> Expression:
        """Any expression."""

    @abstractmethod
    def value(self) -> Expression:
        """An expression without predicates."""

    @abstractmethod
    def _exists(self) -> Expression: ...

    @abstractmethod
    def not_supported(self, what: str, at: int) -> Exception:
        """The error for what Trino has and this engine doesn't."""

    def _list(self, end: str) -> tuple[Expression, ...]:
        if self.accept(end):
            return ()
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect(end)
        return tuple(items)

    def _interval(self) -> Expression | None:
        at = self.at
        if self.ahead(1).kind != lexer.TEXT and self.ahead(1).word not in ("+", "-"):
            return None
        self.step()
        negative = self.accept_any("+", "-") == "-"
        text = self.text()
        first = self._unit()
        return IntervalLiteral(at, negative, text, first, self._unit() if self.accept("TO") else None)

    def _unit(self) -> str:
        unit = self.accept_any(*_UNITS)
        if unit is None:
            raise self.unexpected("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
        return unit

    def _case(self) -> Expression:
        at = self.at
        self.expect("CASE")
        operand = None if self.peek("WHEN") else self.expression()
        whens = []
        while self.accept("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            whens.append((condition, self.expression()))
        if not whens:
            raise self.unexpected("'WHEN'")
        otherwise = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return Case(at, operand, tuple(whens), otherwise)

    def _cast(self) -> Expression | None:
        at, safe = self.at, self.token.word == "TRY_CAST"
        if self.ahead(1).word != "(":
            return None
        self.step()
        self.expect("(")
        value = self.expression()
        self.expect("AS")
        kind = self.type()
        self.expect(")")
        return Cast(at, value, kind, safe)

    def _array(self) -> Expression | None:
        at = self.at
        if self.ahead(1).word != "[":
            return None
        self.step()
        self.expect("[")
        return ArrayOf(at, self._list("]"))

    def _row(self) -> Expression | None:
        at = self.at
        if self.ahead(1).word != "(":
            return None
        self.step()
        self.expect("(")
        return RowOf(at, self._list(")"))

    def _extract(self) -> Expression | None:
        at = self.at
        self.step()
        self.expect("(")
        field = self.shown_name().upper()
        self.expect("FROM")
        value = self.value()
        self.expect(")")
        return Extract(at, field, value)

    def _grouping(self) -> Expression:
        at = self.at
        self.step()
        self.expect("(")
        return Special(at, "GROUPING", self._list(")"))

    def _refused(self) -> Expression:
        """A form that is known by name only: what stands in it isn't read."""
        at, name = self.at, self.step().word
        raise self.not_supported(name, at)


FORMS: dict[str, Callable[[FormReader], Expression | None]] = {
    "INTERVAL": FormReader._interval,
    "CASE": FormReader._case,
    "CAST": FormReader._cast,
    "TRY_CAST": FormReader._cast,
    "ARRAY": FormReader._array,
    "ROW": FormReader._row,
    "EXTRACT": FormReader._extract,
    "GROUPING": FormReader._grouping,
    "EXISTS": lambda reader: reader._exists(),
    "JSON_TABLE": FormReader._refused,
}
