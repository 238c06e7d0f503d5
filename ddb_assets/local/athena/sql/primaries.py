"""Primary expressions: literals, names, calls, and what stands in parentheses."""

from __future__ import annotations

from abc import abstractmethod

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.forms import FORMS, FormReader
from ddb_assets.local.athena.sql.nodes import (
    ArrayOf,
    Dereference,
    Expression,
    Identifier,
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

_NOW = ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
_WHO = ("CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_USER", "CURRENT_ROLE", "CURRENT_PATH")


class PrimaryReader(FormReader):
    """Reads what an operator can stand beside."""

    @abstractmethod
    def query(self) -> Query:
        """A query."""

    @abstractmethod
    def sort_items(self) -> tuple[SortItem, ...]:
        """What stands after ORDER BY."""

    @abstractmethod
    def call(self, at: int, name: str) -> Expression:
        """A function's call, after its name."""

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
        form = FORMS.get(token.word)
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
