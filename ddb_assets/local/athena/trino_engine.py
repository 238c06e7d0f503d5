"""The engine that is a real Trino, whose catalog `awsdatacatalog` is this local AWS.

What Trino has, it runs as it is sent: all functions, window forms and views are its own. What only Athena has (UNLOAD,
where CREATE TABLE AS writes when nothing is named, files listed in a manifest) is made of what Trino has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddb_assets.local.athena import trino_writes as writes
from ddb_assets.local.athena.errors import SYSTEM, USER, Cancelled, QueryError, never_supported
from ddb_assets.local.athena.hive_types import Primitive
from ddb_assets.local.athena.result import NOTHING, Result, ResultColumn, Written, lines
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.athena.storage import split
from ddb_assets.local.athena.trino_values import renderer, type_of
from ddb_assets.local.trino import client
from ddb_assets.local.trino.client import Address, Answer

_VIEWS = (("CREATE", "OR", "REPLACE", "VIEW"), ("CREATE", "VIEW"), ("DROP", "VIEW"))
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "(")
_IMMEDIATE = "EXECUTE IMMEDIATE "
_ROWS = (ResultColumn("rows", Primitive("bigint")),)

Position = tuple[int, int]


@dataclass(frozen=True)
class TrinoEngine:
    """Runs statements at this address."""

    address: Address

    def run(self, sql: str, parameters: Sequence[str], session: Session) -> Result:
        """The statement's result."""
        # Athena takes a semicolon at a statement's end, Trino's server takes none.
        sql = sql.rstrip().rstrip(";")
        statement = _Statement(self.address, parameters, session)
        cursor = Cursor(sql)
        if cursor.peek("EXPLAIN"):
            answer = statement.answer(sql)
            return lines([line for row in answer.rows for line in str(row[0]).splitlines()], "Query Plan")
        if any(cursor.peek(*words) for words in _VIEWS):
            statement.answer(sql)
            return NOTHING
        if any(cursor.peek(word) for word in _QUERIES):
            return _result(statement.answer(sql))
        if cursor.accept("CREATE", "TABLE"):
            return statement.create(writes.creation(cursor))
        if cursor.accept("INSERT", "INTO"):
            return statement.insert(sql, *cursor.qualified())
        if cursor.accept("UNLOAD"):
            return statement.unload(writes.unloading(cursor, _name(session)))
        raise never_supported(f"{cursor.exact_identifier().upper()} statements")


@dataclass(frozen=True)
class _Statement:
    """One statement at a Trino, which may take more than one of Trino's."""

    address: Address
    parameters: Sequence[str]
    session: Session

    def create(self, table: writes.Creation) -> Result:
        """CREATE TABLE AS: files go where Athena puts them when the statement doesn't say."""
        database = table.database or self.session.database
        if self.session.catalog.table(database, table.name) is not None:
            if table.may_exist:
                return _written(0, ())
            full = f"{client.CATALOG}.{database}.{table.name}"
            raise QueryError("TABLE_ALREADY_EXISTS", f"Destination table '{full}' already exists", line=1, column=1)
        location = table.location or f"{self.session.results}/tables/{self.session.query_id}/"
        self._require_empty(location, f"{client.CATALOG}.{database}.{table.name}")
        answer = self._make(table.at(database, location), ())
        return _written(answer.update_count, self._files(location, answer))

    def insert(self, sql: str, database: str | None, name: str) -> Result:
        """INSERT INTO."""
        answer = self.answer(sql)
        table = self.session.catalog.table(database or self.session.database, name)
        return _written(answer.update_count, self._files(table.storage.location, answer) if table else ())

    def unload(self, table: writes.Creation) -> Result:
        """UNLOAD: a table in a database of its own, which goes again; the files stay."""
        location = str(table.location)
        self._require_empty(location, location)
        catalog = self.session.catalog
        catalog.create_database({"Name": table.name})
        try:
            made = table.at(table.name, location)
            try:
                answer = self._make(made, ())
            except QueryError as error:
                if error.name != "MISSING_COLUMN_NAME":
                    raise
                # Athena lets an unloaded column be without a name, a table doesn't.
                shape = self.answer(f"SELECT * FROM ({table.query}) LIMIT 0")
                answer = self._make(made, [column.name for column in shape.columns])
        finally:
            catalog.drop_database(table.name)
        return _written(answer.update_count, self._files(location, answer))

    def answer(
        self, sql: str, properties: Mapping[str, str] | None = None, head: str = "", start: Position = (1, 1)
    ) -> Answer:
        """Trino's answer to `head` and `sql`. Errors have their place in the statement, where `sql` is at `start`."""
        progress = self.session.progress

        def seen(statistics: Mapping[str, Any]) -> None:
            progress.scanned = max(progress.scanned, int(statistics.get("physicalInputBytes") or 0))

        sent, before = head + sql, len(head)
        if self.parameters:
            sent = f"{_IMMEDIATE}{writes.quoted_text(sent)} USING {', '.join(self.parameters)}"
            before += len(_IMMEDIATE) + 1
        try:
            return client.run(
                self.address,
                sent,
                schema=self.session.database,
                properties=properties,
                stopped=progress.cancelled.is_set,
                seen=seen,
            )
        except client.Stopped:
            raise Cancelled from None
        except client.Unreachable as error:
            raise QueryError("GENERIC_INTERNAL_ERROR", str(error), category=SYSTEM) from None
        except client.Failed as failed:
            raise _error(failed.error, lambda line, column: _moved(line, column, before, start)) from None

    def _make(self, table: writes.Creation, columns: Sequence[str]) -> Answer:
        return self.answer(table.query, table.session_properties(), table.head(columns), table.start)

    def _require_empty(self, location: str, named: str) -> None:
        bucket, prefix = split(location)
        prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        if next(iter(self.session.storage.objects(bucket, prefix)), None) is not None:
            raise QueryError(
                "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table '{named}' already exists: {location}"
            )

    def _files(self, location: str, answer: Answer) -> tuple[str, ...]:
        """What the statement wrote: Trino puts its own id for it into the files' names."""
        files = self.session.storage.objects(*split(location))
        return tuple(file.uri for file in files if answer.query_id in file.key.rpartition("/")[2])


def _name(session: Session) -> str:
    return f"unload_{session.query_id.replace('-', '_')}"


def _result(answer: Answer) -> Result:
    kinds = [type_of(column.signature) for column in answer.columns]
    renderers = [renderer(kind) for kind in kinds]
    names = [column.name for column in answer.columns]
    rows = tuple(tuple(render(cell) for render, cell in zip(renderers, row, strict=True)) for row in answer.rows)
    return Result(tuple(map(ResultColumn, names, kinds)), rows, header=True)


def _written(rows: int | None, files: Sequence[str]) -> Result:
    return Result(_ROWS, (), header=False, written=Written(rows or 0, tuple(files)))


def _error(error: Mapping[str, Any], moved: Callable[[int, int], Position]) -> QueryError:
    """Trino's error; a place that its message begins with is that in the statement which was sent to us."""
    message, name = str(error.get("message") or ""), str(error.get("errorName") or "GENERIC_INTERNAL_ERROR")
    category = USER if error.get("errorType") == "USER_ERROR" else SYSTEM
    if (placed := re.match(r"line (\d+):(\d+): ", message)) is None:
        return QueryError(name, message, category=category)
    line, column = moved(int(placed[1]), int(placed[2]))
    return QueryError(name, message[placed.end() :], line=line, column=column, category=category)


def _moved(line: int, column: int, before: int, start: Position) -> Position:
    """A place in what was sent to Trino, where `before` characters of ours come first, in the user's statement."""
    if line > 1:
        return start[0] + line - 1, column
    return start[0], max(1, start[1] + column - 1 - before)
