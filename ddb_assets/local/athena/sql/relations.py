"""FROM: tables, subqueries, UNNEST, joins, and what stands around them."""

from __future__ import annotations

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.calls import CallReader
from ddb_assets.local.athena.sql.query_nodes import (
    Aliased,
    Join,
    Relation,
    Sampled,
    SubqueryRelation,
    TableName,
    Unnest,
)


class RelationReader(CallReader):
    """Reads what stands in FROM."""

    def relations(self) -> Relation:
        """`a, b JOIN c …`: commas are cross joins."""
        at = self.at
        found = self._joined()
        while self.accept(","):
            found = Join(at, "CROSS", found, self._joined(), None, ())
        return found

    def _joined(self) -> Relation:
        at = self.at
        left = self._sampled()
        while True:
            if self.accept("CROSS"):
                self.expect("JOIN")
                left = Join(at, "CROSS", left, self._sampled(), None, ())
            elif self.peek("NATURAL"):
                raise self.not_supported("NATURAL JOIN", self.at)
            elif kind := self._join_kind():
                left = self._condition(at, kind, left, self._joined_right())
            else:
                return left

    def _joined_right(self) -> Relation:
        """The right side of a join with a condition: it may be joins itself, whose conditions come first."""
        at = self.at
        right = self._sampled()
        while True:
            mark = self.mark()
            kind = "CROSS" if self.accept("CROSS", "JOIN") else self._join_kind()
            if kind is None:
                return right
            if kind == "CROSS":
                right = Join(at, kind, right, self._sampled(), None, ())
                continue
            inner = self._joined_right()
            if not (self.peek("ON") or self.peek("USING")):
                self.back(mark)
                return right
            right = self._condition(at, kind, right, inner)

    def _join_kind(self) -> str | None:
        if self.accept("JOIN") or self.accept("INNER", "JOIN"):
            return "INNER"
        for kind in ("LEFT", "RIGHT", "FULL"):
            if self.accept(kind):
                self.accept("OUTER")
                self.expect("JOIN")
                return kind
        return None

    def _condition(self, at: int, kind: str, left: Relation, right: Relation) -> Relation:
        if self.accept("USING"):
            return Join(at, kind, left, right, None, self.names())
        self.expect("ON")
        return Join(at, kind, left, right, self.expression(), ())

    def _sampled(self) -> Relation:
        at = self.at
        found = self._aliased()
        if self.accept("TABLESAMPLE"):
            method = self.accept_any("BERNOULLI", "SYSTEM")
            if method is None:
                raise self.unexpected("'BERNOULLI', 'SYSTEM'")
            self.expect("(")
            percent = self.expression()
            self.expect(")")
            return Sampled(at, found, method, percent)
        return found

    def _aliased(self) -> Relation:
        at = self.at
        found = self._primary_relation()
        self._no_patterns()
        if self.accept("AS") or (self.at_name() and not self.clause_comes()):
            name = self.name()
            columns = self.names() if self.peek("(") else ()
            self._no_patterns()
            return Aliased(at, found, name, columns)
        return found

    def _no_patterns(self) -> None:
        if self.peek("MATCH_RECOGNIZE", "("):
            raise self.not_supported("MATCH_RECOGNIZE", self.at)

    def clause_comes(self) -> bool:
        """Words that aren't reserved, could be an alias, and still begin what comes after it."""
        word, after = self.token.word, self.ahead(1)
        if word == "TABLESAMPLE":
            return after.word in ("BERNOULLI", "SYSTEM")
        if word in ("LIMIT", "OFFSET"):
            return after.kind == lexer.INTEGER or after.word == "?" or (word == "LIMIT" and after.word == "ALL")
        if word == "FETCH":
            return after.word in ("FIRST", "NEXT")
        return word == "WINDOW" and self.ahead(2).word == "AS"

    def _primary_relation(self) -> Relation:
        at = self.at
        if self.accept("LATERAL"):
            return SubqueryRelation(at, self._parenthesized(), lateral=True)
        if self.accept("UNNEST"):
            self.expect("(")
            values = self._list(")")
            return Unnest(at, values, self.accept("WITH", "ORDINALITY"))
        if self.peek("TABLE", "("):
            raise self.not_supported("TABLE(...) functions", at)
        if self.peek("JSON_TABLE"):
            raise self.not_supported("JSON_TABLE", at)
        if self.peek("("):
            return self._in_parentheses_relation()
        return self.table_name()

    def _in_parentheses_relation(self) -> Relation:
        at, mark = self.at, self.mark()
        if self._query_comes():
            try:
                return SubqueryRelation(at, self._parenthesized())
            except Exception:
                if self.ahead(1 - (self.mark() - mark)).word != "(" and self._tokens[mark + 1].word != "(":
                    raise
                self.back(mark)
        self.expect("(")
        found = self.relations()
        self.expect(")")
        return found

    def table_name(self) -> TableName:
        """`[[catalog.]schema.]table [FOR … AS OF …]`."""
        at = self.at
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        if len(parts) > 3:
            raise self.error(f"Too many dots in table name: {'.'.join(parts)}", at)
        travel = None
        if self.accept("FOR"):
            travel = self.accept_any("TIMESTAMP", "VERSION")
            if travel is None:
                raise self.unexpected("'TIMESTAMP', 'VERSION'")
            self.expect("AS", "OF")
            self.value()
        return TableName(at, tuple(parts), travel)
