"""Queries: WITH, SELECT, VALUES, set operations, ORDER BY, OFFSET and LIMIT."""

from __future__ import annotations

from itertools import combinations

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.nodes import Expression, Literal, Parameter, RowOf, Window
from ddb_assets.local.athena.sql.query_nodes import (
    Body,
    Grouping,
    Query,
    Select,
    SelectItem,
    SetOperation,
    TableBody,
    ValuesBody,
    WithQuery,
)
from ddb_assets.local.athena.sql.relations import RelationReader

_LARGEST_CUBE = 12


def read_query(sql: str) -> tuple[Query, int]:
    """The query that the whole text is, and how many `?` it has. Raises QueryError, SYNTAX_ERROR or NOT_SUPPORTED."""
    reader = QueryReader(sql)
    found = reader.query()
    reader.end()
    return found, reader.parameters


def read_expression(sql: str) -> Expression:
    """The expression that the whole text is."""
    reader = QueryReader(sql)
    found = reader.expression()
    reader.end()
    return found


class QueryReader(RelationReader):
    """Reads queries."""

    def query(self) -> Query:
        """A query with all that may stand around it."""
        at = self.at
        if self.peek("WITH", "SESSION") or self.peek("WITH", "FUNCTION"):
            raise self.not_supported(f"WITH {self.ahead(1).word}", at)
        recursive, withs = False, []
        if self.accept("WITH"):
            recursive = self.accept("RECURSIVE")
            withs.append(self._with())
            while self.accept(","):
                withs.append(self._with())
        body = self._union()
        order = self.sort_items() if self.accept("ORDER", "BY") else ()
        offset = limit = None
        if self.accept("OFFSET"):
            offset = self._count()
            self.accept_any("ROW", "ROWS")
        ties = False
        if self.accept("LIMIT"):
            limit = None if self.accept("ALL") else self._count()
        elif self.accept("FETCH"):
            limit, ties = self._fetch()
        if not (withs or order or offset or limit) and isinstance(body, Query):
            return body
        return Query(at, tuple(withs), recursive, body, order, offset, limit, ties)

    def _fetch(self) -> tuple[Expression, bool]:
        if self.accept_any("FIRST", "NEXT") is None:
            raise self.unexpected("'FIRST', 'NEXT'")
        limit: Expression = Literal(self.at, "integer", "1")
        if self.token.word not in ("ROW", "ROWS"):
            limit = self._count()
        if self.accept_any("ROW", "ROWS") is None:
            raise self.unexpected("'ROW', 'ROWS'")
        if self.accept("WITH", "TIES"):
            return limit, True
        self.expect("ONLY")
        return limit, False

    def _count(self) -> Expression:
        at = self.at
        if self.accept("?"):
            self.parameters += 1
            return Parameter(at, self.parameters - 1)
        if self.token.kind != lexer.INTEGER:
            raise self.unexpected("<integer>")
        return Literal(at, "integer", self.step().value)

    def _with(self) -> WithQuery:
        at, name = self.at, self.name()
        columns = self.names() if self.peek("(") else ()
        self.expect("AS")
        return WithQuery(at, name, columns, self._parenthesized())

    def _union(self) -> Body:
        at = self.at
        left = self._intersection()
        while kind := self.accept_any("UNION", "EXCEPT"):
            left = SetOperation(at, kind, self._all(), left, self._intersection())
        return left

    def _intersection(self) -> Body:
        at = self.at
        left = self._body()
        while self.accept("INTERSECT"):
            left = SetOperation(at, "INTERSECT", self._all(), left, self._body())
        return left

    def _all(self) -> bool:
        if self.peek("CORRESPONDING"):
            raise self.not_supported("CORRESPONDING", self.at)
        quantifier = self.accept_any("ALL", "DISTINCT")
        if self.peek("CORRESPONDING"):
            raise self.not_supported("CORRESPONDING", self.at)
        return quantifier == "ALL"

    def _body(self) -> Body:
        at = self.at
        if self.peek("("):
            return self._parenthesized()
        if self.accept("VALUES"):
            rows = [self.expression()]
            while self.accept(","):
                rows.append(self.expression())
            return ValuesBody(at, tuple(rows))
        if self.accept("TABLE"):
            return TableBody(at, self.table_name())
        return self._select()

    def _select(self) -> Select:
        at = self.at
        if not self.peek("SELECT"):
            raise self.unexpected("'(', 'SELECT', 'TABLE', 'VALUES'")
        self.step()
        quantifier = self.accept_any("DISTINCT", "ALL")
        items = [self._item()]
        while self.accept(","):
            items.append(self._item())
        source = self.relations() if self.accept("FROM") else None
        where = self.expression() if self.accept("WHERE") else None
        groups, groups_distinct = None, False
        if self.accept("GROUP", "BY"):
            groups_distinct = self._quantified_groups()
            groups = self._groups()
        having = self.expression() if self.accept("HAVING") else None
        windows: list[tuple[str, Window]] = []
        if self.accept("WINDOW"):
            while True:
                name = self.name()
                self.expect("AS")
                windows.append((name, self.window()))
                if not self.accept(","):
                    break
        return Select(
            at, quantifier == "DISTINCT", tuple(items), source, where, groups, groups_distinct, having, tuple(windows)
        )

    def _quantified_groups(self) -> bool:
        """GROUP BY ALL or DISTINCT before the elements; ALL with nothing after it is a name."""
        if self.accept("DISTINCT"):
            return True
        if self.peek("ALL") and self.ahead(1).kind in (lexer.WORD, lexer.QUOTED, lexer.INTEGER):
            following = self.ahead(1).word
            if following not in lexer.RESERVED or following in ("GROUPING", "ROLLUP", "CUBE", "CASE", "CAST"):
                self.step()
        return False

    def _item(self) -> SelectItem:
        at = self.at
        if self.accept("*"):
            return SelectItem(at, None, None, star=True)
        mark = self.mark()
        if self.at_name():
            base = self._star_base()
            if base is not None:
                return SelectItem(at, base, None, star=True)
            self.back(mark)
        expression = self.expression()
        if self.accept(".", "*"):
            if self.accept("AS"):
                return SelectItem(at, expression, None, star=True, aliases=self.names())
            return SelectItem(at, expression, None, star=True)
        if self.accept("AS") or (self.at_name() and not self.clause_comes()):
            shown = self.shown_name()
            return SelectItem(at, expression, shown.lower(), shown=shown)
        return SelectItem(at, expression, None)

    def _star_base(self) -> Expression | None:
        """`a.b.*`: the name before the star."""
        from ddb_assets.local.athena.sql.nodes import Dereference, Identifier

        at, shown = self.at, self.shown_name()
        found: Expression = Identifier(at, shown.lower(), shown)
        while self.peek("."):
            self.step()
            if self.accept("*"):
                return found
            if not self.at_name():
                return None
            found = Dereference(at, found, self.name())
        return None

    def _groups(self) -> tuple[Grouping, ...]:
        found = [self._group()]
        while self.accept(","):
            found.append(self._group())
        return tuple(found)

    def _group(self) -> Grouping:
        at = self.at
        if self.peek("ROLLUP", "("):
            self.step()
            items = self._grouping_lists()
            return Grouping(
                at, tuple(tuple(e for part in items[:n] for e in part) for n in range(len(items), -1, -1)), False
            )
        if self.peek("CUBE", "("):
            self.step()
            items = self._grouping_lists()
            if len(items) > _LARGEST_CUBE:
                raise self.not_supported(f"CUBE of more than {_LARGEST_CUBE} columns", at)
            sets = (chosen for n in range(len(items), -1, -1) for chosen in combinations(items, n))
            return Grouping(at, tuple(tuple(e for part in chosen for e in part) for chosen in sets), False)
        if self.accept("GROUPING", "SETS"):
            return Grouping(at, tuple(self._grouping_lists()), False)
        if self.peek("(", ")"):
            self.accept("(", ")")
            return Grouping(at, ((),), True)
        expression = self.expression()
        return Grouping(at, (expression.items if isinstance(expression, RowOf) else (expression,),), True)

    def _grouping_lists(self) -> list[tuple[Expression, ...]]:
        """`((a, b), c, ())`."""
        self.expect("(")
        found: list[tuple[Expression, ...]] = []
        while not self.accept(")"):
            if self.accept("(", ")"):
                found.append(())
            else:
                expression = self.expression()
                found.append(expression.items if isinstance(expression, RowOf) else (expression,))
            if not self.peek(")"):
                self.expect(",")
        return found
