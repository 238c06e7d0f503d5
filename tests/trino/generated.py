"""Statements made at random from the closed list: calls in calls, operators and casts, over literals and over rows."""

import random

from ddb_assets.local.athena.functions import loaded
from ddb_assets.local.athena.sql.nodes import TypeName

_LITERALS = {
    "boolean": ("true", "false", "CAST(NULL AS boolean)", "b"),
    "tinyint": ("CAST(5 AS tinyint)", "CAST(-128 AS tinyint)"),
    "smallint": ("CAST(300 AS smallint)", "CAST(NULL AS smallint)"),
    "integer": ("0", "1", "-3", "2147483647", "CAST(NULL AS integer)", "i"),
    "bigint": ("CAST(0 AS bigint)", "7", "-2", "5000000000", "CAST(NULL AS bigint)", "CAST(i AS bigint)"),
    "double": ("0E0", "-0E0", "1.5E0", "-2.5E0", "1E10", "nan()", "infinity()", "-infinity()",
               "CAST(NULL AS double)", "f"),
    "real": ("REAL '1.5'", "REAL '-0.25'", "CAST(nan() AS real)", "CAST(-infinity() AS real)"),
    "decimal": ("1.50", "-0.05", "DECIMAL '12345.678'", "CAST(NULL AS decimal(5,2))", "d"),
    "varchar": ("''", "'a'", "'héllo wörld'", "'a,b,,c'", "'2024-02-29'", "'12'", "' x '", "s"),
    "varbinary": ("X''", "X'616263'", "CAST(NULL AS varbinary)"),
    "date": ("DATE '2024-02-29'", "DATE '1969-12-31'", "CAST(NULL AS date)", "day"),
    "timestamp": ("TIMESTAMP '2024-01-31 10:11:12.345'", "TIMESTAMP '1969-12-31 23:59:59'", "at"),
    "timestamp with time zone": ("TIMESTAMP '2024-07-01 12:00:00 UTC'", "TIMESTAMP '2024-03-10 01:30:00 Asia/Tokyo'"),
    "time": ("TIME '01:02:03'",),
    "interval day to second": ("INTERVAL '1' DAY", "INTERVAL '-90' MINUTE", "INTERVAL '1.5' SECOND"),
    "interval year to month": ("INTERVAL '1' MONTH", "INTERVAL '-1-2' YEAR TO MONTH"),
    "json": ("JSON '[1,\"a\",null]'", "JSON '{\"a\":{\"b\":2.50}}'", "JSON '5'"),
    "array": ("ARRAY[1,2,NULL]", "ARRAY[3]", "CAST(ARRAY[] AS array(integer))", "a"),
    "map": ("MAP(ARRAY['a','b'],ARRAY[1,NULL])", "MAP(ARRAY['z'],ARRAY[5])"),
}  # fmt: skip
_VARIABLES = ("integer", "varchar", "bigint", "double", "date", "boolean")
_OPERATORS = (
    ("integer", "({} {} {})", "+-*/%"), ("decimal", "({} {} {})", "+-*/%"), ("double", "({} {} {})", "+-*/"),
    ("bigint", "({} {} {})", "+-*/%"),
)  # fmt: skip
_CASTS = ("varchar", "integer", "bigint", "double", "decimal(10,2)", "boolean", "date", "timestamp(3)", "json")
ROWS = (
    "(VALUES (1, 'one', 1.5E0, DECIMAL '1.25', DATE '2024-05-19', TIMESTAMP '2024-05-19 10:11:12.345', true, ARRAY[1]),"
    "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
    "(-7, 'x,y', -0.5E0, DECIMAL '-9.99', DATE '1999-12-31', TIMESTAMP '1999-12-31 23:59:59.999', false, ARRAY[NULL])) "
    "t(i, s, f, d, day, at, b, a)"
)
_UNSTABLE = ("random", "rand", "now", "uuid", "shuffle", "approx_percentile", "any_value", "arbitrary")


class Generator:
    """Makes statements, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def statement(self) -> str:
        """One statement."""
        return self._query() + self._random.choice(("", "", "", " LIMIT ALL", " OFFSET 0", " OFFSET 1 ROW LIMIT 2"))

    def _query(self) -> str:
        chosen = self._random.random()
        if chosen < 0.65:
            return f"SELECT i, {self._call(loaded.SCALARS, 2)} FROM {ROWS} ORDER BY i"
        if chosen < 0.75:
            return f"SELECT i, {self._operation()} FROM {ROWS} ORDER BY i"
        if chosen < 0.85:
            kind = self._random.choice(list(_LITERALS))
            return (
                f"SELECT i, CAST({self._expression(kind, 1)} AS {self._random.choice(_CASTS)}) FROM {ROWS} ORDER BY i"
            )
        return f"SELECT {self._call(loaded.AGGREGATES, 1)} FROM {ROWS}"

    def _operation(self) -> str:
        kind, form, symbols = self._random.choice(_OPERATORS)
        other = self._random.choice((kind, kind, "integer", "decimal", "double", "varchar"))
        symbol = self._random.choice((*symbols, "=", "<", ">=", "<>"))
        return form.format(self._expression(kind, 1), symbol, self._expression(other, 1))

    def _call(self, functions: dict[str, list[loaded.Function]], depth: int) -> str:
        names = [name for name in functions if name not in _UNSTABLE]
        while True:
            function = self._random.choice(functions[self._random.choice(names)]).signature
            if not any(argument.name == "function" for argument in function.arguments):
                break
        bound = {letter: self._random.choice(_VARIABLES) for letter in "tekvsuw"}
        arguments = [self._argument(argument, depth - 1, bound) for argument in function.arguments]
        if function.name == "count" and not arguments:
            return "count(*)"
        if function.name == "listagg":
            return f"listagg({arguments[0]}, ',') WITHIN GROUP (ORDER BY i)"
        order = " ORDER BY i" if function.name in ("array_agg", "map_agg", "multimap_agg") else ""
        if function.name in ("max_by", "min_by"):
            # Which of the rows with one and the same key come first is nobody's promise.
            arguments[1] = "i"
        name = function.name if function.name != "normalize" else "lower"
        return f"{name}({', '.join(arguments if name == function.name else arguments[:1])}{order})"

    def _argument(self, pattern: TypeName, depth: int, bound: dict[str, str]) -> str:
        name = bound.get(pattern.name[:1], pattern.name) if len(pattern.name) <= 2 else pattern.name
        if name in ("array", "map", "row"):
            parts = [part for part in pattern.arguments if isinstance(part, TypeName)]
            if name == "array":
                items = ", ".join(self._argument(parts[0], depth - 1, bound) for _ in range(self._random.randint(1, 3)))
                return f"ARRAY[{items}]"
            inside = [self._argument(part, depth - 1, bound) for part in parts]
            if name == "row":
                return f"ROW({', '.join(inside)})"
            return f"MAP(ARRAY[{inside[0]}], ARRAY[{inside[1]}])"
        return self._expression(name, depth)

    def _expression(self, kind: str, depth: int) -> str:
        if depth > 0 and self._random.random() < 0.5:
            made = [
                function.signature
                for listed in loaded.SCALARS.values()
                for function in listed
                if function.signature.result.name == kind and function.signature.name not in (*_UNSTABLE, "normalize")
                and not any(argument.name == "function" for argument in function.signature.arguments)
            ]  # fmt: skip
            if made:
                chosen = self._random.choice(made)
                bound = {letter: self._random.choice(_VARIABLES) for letter in "tekvsuw"}
                inside = (self._argument(argument, depth - 1, bound) for argument in chosen.arguments)
                return f"{chosen.name}({', '.join(inside)})"
        return self._random.choice(_LITERALS.get(kind, ("NULL",)))
