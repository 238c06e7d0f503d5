"""A query's tokens read one by one, and the types that stand in a query."""

from __future__ import annotations

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.lexer import Token
from ddb_assets.local.athena.sql.nodes import TypeName

_ANGLED = ("array", "map")
"""Types whose arguments may also stand in angle brackets."""


class Reader:
    """Where the parser is. What isn't there raises QueryError, SYNTAX_ERROR, with the position."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._tokens = lexer.tokens(sql)
        self._index = 0
        self.parameters = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._index]

    @property
    def at(self) -> int:
        """Where it begins."""
        return self.token.at

    def ahead(self, count: int) -> Token:
        """The token `count` places after the next one; END when there is none."""
        return self._tokens[min(self._index + count, len(self._tokens) - 1)]

    def mark(self) -> int:
        """The place to come back to."""
        return self._index

    def back(self, mark: int) -> None:
        """Read again from a mark."""
        self._index = mark

    def step(self) -> Token:
        """Take whatever comes next."""
        token = self.token
        if token.kind != lexer.END:
            self._index += 1
        return token

    def peek(self, *words: str) -> bool:
        """Whether these words or symbols come next."""
        return all(self.ahead(place).word == word for place, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        """Take these words, if all of them come next."""
        if not self.peek(*words):
            return False
        self._index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these words."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f"'{word}'")

    def accept_any(self, *words: str) -> str | None:
        """Take one of these words."""
        return self.step().word if self.token.word in words else None

    def at_name(self) -> bool:
        """Whether a name comes next: in double quotes, or a word that isn't reserved."""
        return self.token.kind == lexer.QUOTED or (
            self.token.kind == lexer.WORD and self.token.word not in lexer.RESERVED
        )

    def name(self) -> str:
        """A name in lower case, as Trino resolves it."""
        return self.shown_name().lower()

    def shown_name(self) -> str:
        """A name as written."""
        if not self.at_name():
            raise self.unexpected("<identifier>")
        return self.step().value

    def names(self) -> tuple[str, ...]:
        """`(a, b)`."""
        self.expect("(")
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        self.expect(")")
        return tuple(found)

    def text(self) -> str:
        """A text literal."""
        if self.token.kind != lexer.TEXT:
            raise self.unexpected("<string>")
        return self.step().value

    def end(self) -> None:
        """Nothing may be left, but a semicolon."""
        self.accept(";")
        if self.token.kind != lexer.END:
            raise self.unexpected("<EOF>")

    def unexpected(self, expected: str) -> QueryError:
        """The error for what comes next."""
        return self.error(f"mismatched input '{self.token.text}'. Expecting: {expected}")

    def error(self, message: str, at: int | None = None) -> QueryError:
        """A syntax error here, or there."""
        return lexer.syntax_error(self.sql, self.at if at is None else at, message)

    def type(self) -> TypeName:
        """A type's name with its arguments."""
        at = self.at
        if self.accept("DOUBLE", "PRECISION"):
            return self._array_suffix(TypeName(at, "double"))
        if self.accept("INTERVAL"):
            first = self.accept_any("YEAR", "DAY")
            if first is None:
                raise self.unexpected("'DAY', 'YEAR'")
            self.expect("TO")
            self.expect("MONTH" if first == "YEAR" else "SECOND")
            return TypeName(at, f"interval {first.lower()} to {'month' if first == 'YEAR' else 'second'}")
        if self.peek("ROW", "("):
            self.step()
            return self._array_suffix(self._row_type(at))
        name = self.name()
        arguments: list[int | TypeName] = []
        if self.accept("("):
            arguments.append(self._type_argument())
            while self.accept(","):
                arguments.append(self._type_argument())
            self.expect(")")
        elif name in _ANGLED and self.accept("<"):
            arguments.append(self.type())
            if name == "map":
                self.expect(",")
                arguments.append(self.type())
            self.expect(">")
        if name in ("timestamp", "time"):
            if self.accept("WITH", "TIME", "ZONE"):
                name = f"{name} with time zone"
            else:
                self.accept("WITHOUT", "TIME", "ZONE")
        return self._array_suffix(TypeName(at, name, tuple(arguments)))

    def _array_suffix(self, found: TypeName) -> TypeName:
        while self.accept("ARRAY"):
            if self.accept("["):
                self.step()
                self.expect("]")
            found = TypeName(found.at, "array", (found,))
        return found

    def _type_argument(self) -> int | TypeName:
        if self.token.kind == lexer.INTEGER:
            return int(self.step().value)
        return self.type()

    def _row_type(self, at: int) -> TypeName:
        self.expect("(")
        kinds: list[int | TypeName] = []
        names: list[str | None] = []
        while True:
            mark = self.mark()
            try:
                if not self.at_name():
                    raise self.unexpected("<identifier>")
                name: str | None = self.shown_name()
                kind = self.type()
            except QueryError:
                self.back(mark)
                name, kind = None, self.type()
            names.append(name)
            kinds.append(kind)
            if not self.accept(","):
                break
        self.expect(")")
        return TypeName(at, "row", tuple(kinds), tuple(names))
