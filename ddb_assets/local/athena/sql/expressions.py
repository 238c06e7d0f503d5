"""Expressions, from the loosest operator to the tightest: OR, AND, NOT, predicates, `||`, `+`, `*`, signs."""

from __future__ import annotations

from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.nodes import (
    AtZone,
    Between,
    Exists,
    Expression,
    InList,
    InQuery,
    IntervalLiteral,
    Like,
    Literal,
    Operator,
    Quantified,
    Unary,
)
from ddb_assets.local.athena.sql.primaries import PrimaryReader

_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class ExpressionReader(PrimaryReader):
    """Reads expressions with operators."""

    def expression(self) -> Expression:
        """Any expression."""
        at = self.at
        left = self._and()
        while self.accept("OR"):
            left = Operator(at, "OR", left, self._and())
        return left

    def _and(self) -> Expression:
        at = self.at
        left = self._not()
        while self.accept("AND"):
            left = Operator(at, "AND", left, self._not())
        return left

    def _not(self) -> Expression:
        at = self.at
        if self.accept("NOT"):
            return Unary(at, "NOT", self._not())
        return self._predicate()

    def _predicate(self) -> Expression:
        at = self.at
        value = self.value()
        symbol = _COMPARISONS.get(self.token.word)
        if symbol is not None:
            # As in Trino, an operator's place is its own, not that of its left side.
            at = self.step().at
            quantifier = self.token.word
            if quantifier in ("ALL", "ANY", "SOME") and self.ahead(1).word == "(":
                self.step()
                return Quantified(at, symbol, "ALL" if quantifier == "ALL" else "ANY", value, self._parenthesized())
            return Operator(at, symbol, value, self.value())
        if self.accept("IS"):
            negated = self.accept("NOT")
            if self.accept("NULL"):
                return Unary(at, "IS NOT NULL" if negated else "IS NULL", value)
            self.expect("DISTINCT", "FROM")
            return self._negated(at, Operator(at, "IS DISTINCT FROM", value, self.value()), negated)
        negated = self.token.word == "NOT" and self.ahead(1).word in ("BETWEEN", "IN", "LIKE")
        if negated:
            self.step()
        if self.accept("BETWEEN"):
            low = self.value()
            self.expect("AND")
            return self._negated(at, Between(at, value, low, self.value()), negated)
        if self.accept("IN"):
            return self._negated(at, self._in(at, value), negated)
        if self.accept("LIKE"):
            pattern = self.value()
            escape = self.value() if self.accept("ESCAPE") else None
            return self._negated(at, Like(at, value, pattern, escape), negated)
        return value

    def _negated(self, at: int, found: Expression, negated: bool) -> Expression:
        return Unary(at, "NOT", found) if negated else found

    def _in(self, at: int, value: Expression) -> Expression:
        if self.ahead(1).word in ("SELECT", "WITH", "VALUES", "TABLE"):
            return InQuery(at, value, self._parenthesized())
        mark = self.mark()
        self.expect("(")
        if self.peek("(", "SELECT") or self.peek("(", "WITH"):
            self.back(mark)
            return InQuery(at, value, self._parenthesized())
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect(")")
        return InList(at, value, tuple(items))

    def value(self) -> Expression:
        """An expression without predicates: what may stand beside a comparison."""
        left = self._sum()
        while self.peek("||"):
            at = self.step().at
            left = Operator(at, "||", left, self._sum())
        return left

    def _sum(self) -> Expression:
        left = self._product()
        while self.token.word in ("+", "-"):
            operator = self.step()
            left = Operator(operator.at, operator.word, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while self.token.word in ("*", "/", "%"):
            operator = self.step()
            left = Operator(operator.at, operator.word, left, self._signed())
        return left

    def _signed(self) -> Expression:
        at = self.at
        if self.peek("-") and self.ahead(1).kind in (lexer.INTEGER, lexer.DECIMAL, lexer.DOUBLE):
            self.step()
            number = self.step()
            return self._zoned(at, self.suffixes(Literal(at, number.kind, f"-{number.value}")))
        if symbol := self.accept_any("-", "+"):
            return Unary(at, symbol, self._signed())
        return self._zoned(at, self.primary())

    def _zoned(self, at: int, value: Expression) -> Expression:
        while self.accept("AT"):
            self.expect("TIME", "ZONE")
            interval = self.peek("INTERVAL")
            zone = self.primary()
            if not (interval and isinstance(zone, IntervalLiteral)) and not (
                isinstance(zone, Literal) and zone.kind == "text"
            ):
                raise self.error("mismatched input. Expecting: 'INTERVAL', <string>", zone.at)
            value = AtZone(at, value, zone)
        return value

    def _exists(self) -> Expression:
        at = self.at
        self.expect("EXISTS")
        return Exists(at, self._parenthesized())
