"""Calls of functions, and those that have a grammar of their own: TRIM, SUBSTRING, LISTAGG, JSON_VALUE, …"""

from __future__ import annotations

from collections.abc import Callable

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.expressions import ExpressionReader
from ddb_assets.local.athena.sql.nodes import Bound, Call, Expression, Literal, SortItem, Special, Window

_JSON_BEHAVIOURS = ("ERROR", "NULL", "EMPTY ARRAY", "EMPTY OBJECT", "TRUE", "FALSE", "UNKNOWN")


class CallReader(ExpressionReader):
    """Reads calls and windows."""

    def _unsuffixed(self) -> Expression:
        at, form = self.at, _RESERVED.get(self.token.word)
        if form is None:
            return super()._unsuffixed()
        self.step()
        return form(self, at)

    def call(self, at: int, name: str) -> Expression:
        """A function's call, after its name."""
        own = _OWN.get(name)
        if own is not None:
            mark = self.mark()
            found = own(self, at)
            if found is not None:
                return found
            self.back(mark)
        self.expect("(")
        if name != "count" and self.peek("*"):
            raise self.unexpected("<expression>")
        star = self.accept("*")
        distinct = False
        arguments: tuple[Expression, ...] = ()
        order: tuple[SortItem, ...] = ()
        if not star and not self.peek(")"):
            if self.peek("DISTINCT") or (self.peek("ALL") and self.ahead(1).word not in (")", ",")):
                distinct = self.step().word == "DISTINCT"
            items = [self.expression()]
            while self.accept(","):
                items.append(self.expression())
            arguments = tuple(items)
        if self.accept("ORDER", "BY"):
            order = self.sort_items()
        self.expect(")")
        condition = self._filter()
        nulls = self._nulls()
        return Call(at, name, arguments, star, distinct, order, condition, nulls, self._over())

    def _filter(self) -> Expression | None:
        if not self.accept("FILTER"):
            return None
        self.expect("(", "WHERE")
        condition = self.expression()
        self.expect(")")
        return condition

    def _nulls(self) -> str | None:
        nulls = self.token.word if self.token.word in ("IGNORE", "RESPECT") and self.ahead(1).word == "NULLS" else None
        if nulls:
            self.step()
            self.step()
        return nulls

    def _over(self) -> Window | None:
        at = self.at
        if not self.accept("OVER"):
            return None
        if self.at_name():
            return Window(at, self.name(), (), (), None, None, None)
        return self.window()

    def window(self) -> Window:
        """`(PARTITION BY … ORDER BY … frame)`."""
        at = self.at
        self.expect("(")
        base = None
        if self.at_name() and not (self.peek("PARTITION") or self.token.word in ("ROWS", "RANGE", "GROUPS")):
            base = self.name()
        partition: list[Expression] = []
        if self.accept("PARTITION", "BY"):
            partition.append(self.expression())
            while self.accept(","):
                partition.append(self.expression())
        order = self.sort_items() if self.accept("ORDER", "BY") else ()
        if self.peek("MEASURES") or self.peek("PATTERN"):
            raise self.not_supported("row pattern recognition", self.at)
        unit = self.accept_any("ROWS", "RANGE", "GROUPS")
        start = end = None
        if unit:
            if self.accept("BETWEEN"):
                start = self._bound()
                self.expect("AND")
                end = self._bound()
            else:
                start = self._bound()
        self.expect(")")
        return Window(at, base, tuple(partition), order, unit, start, end)

    def _bound(self) -> Bound:
        at = self.at
        if self.accept("CURRENT", "ROW"):
            return Bound(at, "CURRENT ROW", None)
        if self.accept("UNBOUNDED"):
            return Bound(at, f"UNBOUNDED {self._direction()}", None)
        value = self.expression()
        return Bound(at, self._direction(), value)

    def _direction(self) -> str:
        direction = self.accept_any("PRECEDING", "FOLLOWING")
        if direction is None:
            raise self.unexpected("'FOLLOWING', 'PRECEDING'")
        return direction

    def sort_items(self) -> tuple[SortItem, ...]:
        """What stands after ORDER BY."""
        items = [self._sort_item()]
        while self.accept(","):
            items.append(self._sort_item())
        return tuple(items)

    def _sort_item(self) -> SortItem:
        at = self.at
        key = self.expression()
        descending = self.accept_any("ASC", "DESC") == "DESC"
        first = False
        if self.accept("NULLS"):
            where = self.accept_any("FIRST", "LAST")
            if where is None:
                raise self.unexpected("'FIRST', 'LAST'")
            first = where == "FIRST"
        return SortItem(at, key, descending, first)

    def not_supported(self, what: str, at: int) -> QueryError:
        """The error for what Trino has and this engine doesn't."""
        return not_supported(what)

    def _substring(self, at: int) -> Expression | None:
        self.expect("(")
        value = self.value()
        if not self.accept("FROM"):
            return None
        arguments = [value, self.value()]
        if self.accept("FOR"):
            arguments.append(self.value())
        self.expect(")")
        return Call(at, "substring", tuple(arguments))

    def _position(self, at: int) -> Expression | None:
        self.expect("(")
        needle = self.value()
        if not self.accept("IN"):
            return None
        haystack = self.value()
        self.expect(")")
        return Call(at, "strpos", (haystack, needle))

    def trim(self, at: int) -> Expression:
        """`TRIM([LEADING | TRAILING | BOTH] [characters] FROM text)`, `TRIM(text)`, `TRIM(text, characters)`."""
        self.expect("(")
        side = self.accept_any("LEADING", "TRAILING", "BOTH")
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side or "", "trim")
        characters = None
        if side is None or not self.peek("FROM"):
            characters = self.value()
        if self.accept("FROM"):
            arguments = [self.value(), *([characters] if characters is not None else [])]
        elif side is None and characters is not None:
            arguments = [characters, *([self.value()] if self.accept(",") else [])]
        else:
            raise self.unexpected("'FROM'")
        self.expect(")")
        return Call(at, name, tuple(arguments))

    def normalize(self, at: int) -> Expression:
        """`NORMALIZE(text [, NFC | NFD | NFKC | NFKD])`."""
        self.expect("(")
        value = self.value()
        form = self.accept_any("NFC", "NFD", "NFKC", "NFKD") if self.accept(",") else "NFC"
        if form is None:
            raise self.unexpected("'NFC', 'NFD', 'NFKC', 'NFKD'")
        self.expect(")")
        return Call(at, "normalize", (value, Literal(at, "text", form)))

    def listagg(self, at: int) -> Expression:
        """`LISTAGG(value, separator) WITHIN GROUP (ORDER BY …)`, with nothing on overflow."""
        self.expect("(")
        distinct = self.accept_any("DISTINCT", "ALL") == "DISTINCT"
        value = self.expression()
        separator: Expression = Literal(at, "text", "")
        if self.accept(","):
            separator = Literal(self.at, "text", self.text())
        if self.accept("ON"):
            self.expect("OVERFLOW")
            if not self.accept("ERROR"):
                raise self.not_supported("LISTAGG ... ON OVERFLOW TRUNCATE", at)
        self.expect(")", "WITHIN", "GROUP", "(", "ORDER", "BY")
        order = self.sort_items()
        self.expect(")")
        return Call(at, "listagg", (value, separator), False, distinct, order, self._filter())

    def json_path_call(self, at: int, name: str) -> Expression:
        """JSON_VALUE, JSON_QUERY and JSON_EXISTS: the document, the path, and the words that follow them."""
        self.expect("(")
        document = self.expression()
        if self.accept("FORMAT", "JSON"):
            self._encoding(at)
        self.expect(",")
        path = Literal(self.at, "text", self.text())
        words: list[str] = []
        if self.peek("PASSING"):
            raise self.not_supported(f"{name} ... PASSING", at)
        operands = [document, path]
        while not self.accept(")"):
            if self.token.kind == lexer.END:
                raise self.unexpected("')'")
            if name == "JSON_VALUE" and self.accept("DEFAULT"):
                operands.append(self.expression())
                words.append("DEFAULT")
            elif name == "JSON_VALUE" and self.accept("RETURNING"):
                raise self.not_supported("JSON_VALUE ... RETURNING", at)
            else:
                words.append(self.step().word)
        return Special(at, name, tuple(operands), tuple(words))

    def _encoding(self, at: int) -> None:
        if self.peek("ENCODING"):
            raise self.not_supported("FORMAT JSON ENCODING", at)

    def json_object(self, at: int) -> Expression:
        """`JSON_OBJECT('k' VALUE 1, KEY 'k' VALUE 1, 'k' : 1 … NULL ON NULL)`."""
        self.expect("(")
        operands: list[Expression] = []
        while not self.peek(")") and not self._on_null_comes():
            if self.peek("KEY") and self.ahead(1).word not in (":", ",", "VALUE"):
                self.step()
            operands.append(self.value())
            if not self.accept("VALUE"):
                self.expect(":")
            operands.append(self.expression())
            if self.peek("FORMAT"):
                raise self.not_supported("JSON_OBJECT ... FORMAT JSON", at)
            if not self.accept(","):
                break
        return Special(at, "JSON_OBJECT", tuple(operands), self._json_end(at))

    def json_array(self, at: int) -> Expression:
        """`JSON_ARRAY(1, 2 … ABSENT ON NULL)`."""
        self.expect("(")
        operands: list[Expression] = []
        while not self.peek(")") and not self._on_null_comes():
            operands.append(self.expression())
            if self.peek("FORMAT"):
                raise self.not_supported("JSON_ARRAY ... FORMAT JSON", at)
            if not self.accept(","):
                break
        return Special(at, "JSON_ARRAY", tuple(operands), self._json_end(at))

    def _on_null_comes(self) -> bool:
        return self.token.word in ("NULL", "ABSENT") and self.ahead(1).word == "ON"

    def _json_end(self, at: int) -> tuple[str, ...]:
        words: list[str] = []
        while not self.accept(")"):
            if self.token.kind == lexer.END:
                raise self.unexpected("')'")
            words.append(self.step().word)
        if "RETURNING" in words or "KEYS" in words:
            raise self.not_supported("JSON ... RETURNING or WITH UNIQUE KEYS", at)
        return tuple(words)


_OWN: dict[str, Callable[[CallReader, int], Expression | None]] = {
    "substring": CallReader._substring,
    "position": CallReader._position,
}

_RESERVED: dict[str, Callable[[CallReader, int], Expression]] = {
    "TRIM": CallReader.trim,
    "NORMALIZE": lambda reader, at: reader.normalize(at),
    "LISTAGG": CallReader.listagg,
    "JSON_VALUE": lambda reader, at: reader.json_path_call(at, "JSON_VALUE"),
    "JSON_QUERY": lambda reader, at: reader.json_path_call(at, "JSON_QUERY"),
    "JSON_EXISTS": lambda reader, at: reader.json_path_call(at, "JSON_EXISTS"),
    "JSON_OBJECT": CallReader.json_object,
    "JSON_ARRAY": CallReader.json_array,
}
