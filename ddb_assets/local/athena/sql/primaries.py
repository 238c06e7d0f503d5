"""Primary expressions: literals, names, calls, and the forms of the grammar that begin with a word of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.nodes import (
    ArrayOf,
    Case,
    Cast,
    Dereference,
    Expression,
    Extract,
    Identifier,
    IntervalLiteral,
    Lambda,
    Literal,
    Parameter,
    RowOf,
    ScalarQuery,
    SortItem,
    Special,
    Subscript,
    TypedLiteral,
    TypeName,
)
from ddb_assets.local.athena.sql.query_nodes import Query
from ddb_assets.local.athena.sql.reading import Reader

_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_NOW = ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
_WHO = ("CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_USER", "CURRENT_ROLE", "CURRENT_PATH")


class PrimaryReader(Reader):
    """Reads what an operator can stand beside."""

    @abstractmethod
    def expression(self) -> Expression:
        """Any expression."""

    @abstractmethod
    def value(self) -> Expression:
        """An expression without predicates."""

    @abstractmethod
    def query(self) -> Query:
        """A query."""

    @abstractmethod
    def sort_items(self) -> tuple[SortItem, ...]:
        """What stands after ORDER BY."""

    @abstractmethod
    def call(self, at: int, name: str) -> Expression:
        """A function's call, after its name."""

    @abstractmethod
    def _exists(self) -> Expression: ...

    def primary(self) -> Expression:
        """A literal, a name, a call or another form, with what is taken out of it (`.field`, `[1]`)."""
        return self.suffixes(self._unsuffixed())

    def suffixes(self, found: Expression) -> Expression:
        """What follows a primary expression directly."""
        while True:
            at = self.at
            if self.accept("["):
                found = Subscript(at, found, self.value())
                self.expect("]")
            elif self.peek(".") and self.ahead(1).word != "*":
                self.step()
                found = Dereference(found.at, found, self.name())
            else:
                return found

    def _unsuffixed(self) -> Expression:
        at, token = self.at, self.token
        if token.kind in (lexer.INTEGER, lexer.DECIMAL, lexer.DOUBLE, lexer.TEXT, lexer.BINARY):
            self.step()
            return Literal(at, token.kind, token.value)
        if token.kind == lexer.UNICODE:
            return self._unicode()
        if token.word in ("NULL", "TRUE", "FALSE"):
            self.step()
            return Literal(at, "null" if token.word == "NULL" else "boolean", token.word.lower())
        if token.word == "?":
            self.step()
            self.parameters += 1
            return Parameter(at, self.parameters - 1)
        if token.word == "(":
            return self._in_parentheses()
        if self.accept("["):
            return ArrayOf(at, self._list("]"))
        form = _FORMS.get(token.word)
        if form is not None:
            taken = form(self)
            if taken is not None:
                return taken
        if token.word in _NOW or token.word in _WHO:
            self.step()
            precision = self._precision() if token.word in _NOW[1:] else ()
            return Special(at, token.word, (), precision)
        return self._named()

    def _precision(self) -> tuple[str, ...]:
        if not self.accept("("):
            return ()
        if self.token.kind != lexer.INTEGER:
            raise self.unexpected("<integer>")
        found = self.step().value
        self.expect(")")
        return (found,)

    def _named(self) -> Expression:
        at = self.at
        if not self.at_name():
            raise self.unexpected("<expression>")
        if self.accept("DOUBLE", "PRECISION"):
            return TypedLiteral(at, TypeName(at, "double"), self.text())
        quoted = self.token.kind == lexer.QUOTED
        shown = self.shown_name()
        if self.token.kind == lexer.TEXT and not quoted:
            return TypedLiteral(at, TypeName(at, shown.lower()), self.text())
        if self.accept("->"):
            return Lambda(at, (shown.lower(),), self.expression())
        if self.peek("("):
            return self.call(at, shown.lower())
        return Identifier(at, shown.lower(), shown)

    def _unicode(self) -> Expression:
        at = self.at
        text, escape = self.step().value, "\\"
        if self.accept("UESCAPE"):
            escape = self.text()
        out, place = "", 0
        while place < len(text):
            if text[place] != escape:
                out, place = out + text[place], place + 1
            elif text[place + 1 : place + 2] == escape:
                out, place = out + escape, place + 2
            else:
                wide = text[place + 1 : place + 2] == "+"
                digits = text[place + 2 : place + 8] if wide else text[place + 1 : place + 5]
                try:
                    out += chr(int(digits, 16))
                except (ValueError, OverflowError):
                    raise self.error(f"Incomplete escape sequence: {digits}", at) from None
                place += 8 if wide else 5
        return Literal(at, "text", out)

    def _in_parentheses(self) -> Expression:
        at = self.at
        mark = self.mark()
        parameters = self._lambda_parameters()
        if parameters is not None:
            return Lambda(at, parameters, self.expression())
        self.back(mark)
        if self._query_comes():
            try:
                return ScalarQuery(at, self._parenthesized())
            except Exception:
                self.back(mark)
                if self.ahead(1).word != "(":
                    raise
        self.expect("(")
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect(")")
        return items[0] if len(items) == 1 else RowOf(at, tuple(items))

    def _query_comes(self) -> bool:
        place = 0
        while self.ahead(place).word == "(":
            place += 1
        return self.ahead(place).word in ("SELECT", "WITH", "VALUES", "TABLE")

    def _lambda_parameters(self) -> tuple[str, ...] | None:
        self.expect("(")
        names: list[str] = []
        while self.at_name():
            names.append(self.name())
            if not self.accept(","):
                break
        return tuple(names) if self.accept(")") and self.accept("->") else None

    def _parenthesized(self) -> Query:
        self.expect("(")
        found = self.query()
        self.expect(")")
        return found

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

    @abstractmethod
    def not_supported(self, what: str, at: int) -> Exception:
        """The error for what Trino has and this engine doesn't."""


_FORMS: dict[str, Callable[[PrimaryReader], Expression | None]] = {
    "INTERVAL": PrimaryReader._interval,
    "CASE": PrimaryReader._case,
    "CAST": PrimaryReader._cast,
    "TRY_CAST": PrimaryReader._cast,
    "ARRAY": PrimaryReader._array,
    "ROW": PrimaryReader._row,
    "EXTRACT": PrimaryReader._extract,
    "GROUPING": PrimaryReader._grouping,
    "EXISTS": lambda reader: reader._exists(),
    "JSON_TABLE": PrimaryReader._refused,
}
