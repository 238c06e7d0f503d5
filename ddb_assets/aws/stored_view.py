"""A view as the Data Catalog stores it: which snapshot it shows, and how long its text gets.

Trino, and so Athena, stores a view as `/* Presto View: <base64 of JSON> */`. The JSON has the view's query, printed
anew from its parsed form, and its columns with their types. So the query is parsed here too: spaces, quotes,
parentheses and letters' case may all be others than in the statement that was sent.
Sources: answers of Trino 476 (`tests/trino_views.json`); Trino's `ConnectorViewDefinition` and `SqlFormatter`.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ddb_snapshot.names import PARTITION_COLUMN, parse_instant

_BEGIN: Final = "/* Presto View: "
_END: Final = " */"
_CATALOG: Final = "awsdatacatalog"

# Trino's text has lines, spaces and parentheses that the statement hasn't: no more than so many lines' bytes.
_MORE_LINES: Final = 8

LONGEST_OWNER: Final = 255
"""Source: AWS Glue API reference, "TableInput" (Owner)."""


def shown_by(entry: Mapping[str, Any], database: str, table: str) -> str | None:
    """The `snapshot_timestamp` of `database.table` that a catalog entry shows; None when it is no such view.

    Such a view is `SELECT` of columns, the partition's among them, or of `*`, from that table alone, where the
    partition's column is one instant, and has no other clause. A view of anything else is somebody's own.
    """
    stored = _definition(entry)
    query = _parsed(stored.get("originalSql"))
    if not isinstance(query, exp.Select) or not _is_plain(query):
        return None
    if not _is_of(query.find(exp.From), database, table, stored.get("schema")) or not _shows_columns(query.expressions):
        return None
    return _instant(query.find(exp.Where))


def stored_bytes(database: str, query: str, columns: Sequence[tuple[str, str]]) -> int:
    """At most how long the text of such a view gets in the catalog, in bytes; all of it is ASCII.

    `columns` are the view's, with Hive's types. The engine chooses the owner, which counts as a longest one. It prints
    the query with each listed column on a line of its own, and few characters more.
    """
    lines = 1 if query.startswith("SELECT * ") else len(columns)
    stored = {
        "originalSql": query + "\n" * (lines + _MORE_LINES),
        "catalog": _CATALOG,
        "schema": database,
        "columns": [{"name": name, "type": _trino_type(hive)} for name, hive in columns],
        "owner": "o" * LONGEST_OWNER,
        "runAsInvoker": False,
        "path": [],
    }
    # Trino escapes some characters beyond ASCII: with all of them escaped it is no shorter.
    text = json.dumps(stored, separators=(",", ":"))
    return len(_BEGIN) + 4 * -(-len(text) // 3) + len(_END)


def _definition(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The view's JSON; empty for an entry that is no view of Trino's."""
    text = str(entry.get("ViewOriginalText") or "").strip()
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        return {}
    try:
        found = json.loads(base64.b64decode(text.removeprefix(_BEGIN).removesuffix(_END), validate=True))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _parsed(sql: object) -> exp.Expression | None:
    try:
        parsed: exp.Expression = sqlglot.parse_one(str(sql), read="trino")
    except (SqlglotError, RecursionError):
        # Somebody's query that is nested too deeply, or says what sqlglot doesn't know: none of ours is.
        return None
    return parsed


def _is_plain(query: exp.Select) -> bool:
    """Whether it has no clause beside FROM and WHERE: no DISTINCT, join, LIMIT or WITH."""
    beside = (part for name, part in query.args.items() if part and name != "expressions")
    return all(isinstance(part, (exp.From, exp.Where)) for part in beside)


def _has_only(node: exp.Expression, *kinds: type) -> bool:
    """Whether a node has parts of these kinds alone, and no option."""
    return all(isinstance(part, kinds) for part in node.args.values() if part)


def _is_of(source: exp.From | None, database: str, table: str, schema: object) -> bool:
    named = source.this if source is not None else None
    if not isinstance(named, exp.Table) or not _has_only(named, exp.Identifier):
        return False
    of = (named.catalog or _CATALOG, named.db or str(schema), named.name)
    # Athena and Trino fold names to lower case, quoted or not.
    return tuple(part.lower() for part in of) == (_CATALOG, database, table)


def _shows_columns(selected: Sequence[exp.Expression]) -> bool:
    if len(selected) == 1 and isinstance(selected[0], exp.Star):
        return _has_only(selected[0])
    names = [_bare(item) for item in selected]
    return None not in names and PARTITION_COLUMN in names


def _instant(where: exp.Where | None) -> str | None:
    condition = where.this.unnest() if where is not None else None
    if not isinstance(condition, exp.EQ) or _bare(condition.this) != PARTITION_COLUMN:
        return None
    value = condition.expression
    if not isinstance(value, exp.Literal) or not value.is_string:
        return None
    try:
        parse_instant(value.name)
    except ValueError:
        return None
    return str(value.name)


def _bare(item: exp.Expression) -> str | None:
    """The name of a column that stands alone, without a table's before it."""
    alone = isinstance(item, exp.Column) and _has_only(item, exp.Identifier) and not item.table
    return str(item.name).lower() if alone else None


_TYPES: Final = {
    "string": "varchar", "int": "integer", "float": "real", "binary": "varbinary", "timestamp": "timestamp(3)",
    "struct": "row", "<": "(", ">": ")",
}  # fmt: skip
_PARTS: Final = re.compile(r"(?P<field>[^<>(),:]+):|(?P<word>[a-z]+|[<>])")


def _trino_type(hive: str) -> str:
    """A type of the catalog as Trino writes it: `struct<a:int>` is `row("a" integer)`."""
    return _PARTS.sub(lambda part: f'"{part["field"]}" ' if part["field"] else _TYPES.get(part[0], part[0]), hive)
