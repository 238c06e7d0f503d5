"""Partitions: ADD, DROP, SHOW, and MSCK REPAIR TABLE."""

from __future__ import annotations

from ddb_assets.local.athena.catalog import Table
from ddb_assets.local.athena.ddl.names import (
    as_written,
    existing_table,
    find_table,
    matches,
    partition_name,
    partition_spec,
    unescaped,
    whole_spec,
)
from ddb_assets.local.athena.errors import QueryError, hive_ddl_error
from ddb_assets.local.athena.result import Result, lines
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.athena.storage import split


def add(cursor: Cursor, session: Session, table: Table) -> None:
    """`[IF NOT EXISTS] PARTITION (…) [LOCATION '…'] …`; nothing is added when one of them can't be."""
    may_exist = cursor.accept("IF", "NOT", "EXISTS")
    added: list[tuple[tuple[str, ...], str]] = []
    cursor.expect("PARTITION")
    while True:
        values = whole_spec(cursor, table)
        under = f"{table.storage.location.rstrip('/')}/{partition_name(table, values)}"
        added.append((values, cursor.string() if cursor.accept("LOCATION") else under))
        cursor.accept(",")
        if not cursor.accept("PARTITION"):
            break
    cursor.end()
    known = {partition.values for partition in session.catalog.partitions(table)}
    if not may_exist:
        for values, _ in added:
            if values in known:
                raise hive_ddl_error("AlreadyExistsException(message:Partition already exists.)")
    for values, location in added:
        if values not in known:
            session.catalog.create_partition(table, values, location)


def drop(cursor: Cursor, session: Session, table: Table) -> None:
    """`[IF EXISTS] PARTITION (…), …`; a spec of some keys drops all partitions that have their values."""
    may_lack = cursor.accept("IF", "EXISTS")
    specs = []
    cursor.expect("PARTITION")
    while True:
        specs.append(partition_spec(cursor, table))
        if not cursor.accept(","):
            break
        cursor.expect("PARTITION")
    cursor.end()
    known = [partition.values for partition in session.catalog.partitions(table)]
    for spec in specs:
        if not may_lack and not any(matches(values, spec, table) for values in known):
            written = ", ".join(f"{key}={value}" for key, value in spec.items())
            raise QueryError("FAILED", f"SemanticException [Error 10006]: Partition not found ({written})")
    for values in known:
        if any(matches(values, spec, table) for spec in specs):
            session.catalog.drop_partition(table, values)


def show(cursor: Cursor, session: Session) -> Result:
    """`SHOW PARTITIONS name`: one name a row, without padding, as the catalog has them (projected ones aren't there).

    Sources: Amazon Athena user guide, "SHOW PARTITIONS" (any order; here by name); PyAthena's tests on a real Athena
    (`b=0`). That a value is escaped as in paths (`%3A`) is Hive's source, "Warehouse.makePartName"; of Athena it is
    unproven, as is what it says of a view, which Hive takes for a table without partitions.
    """
    database, name = _hive_name(cursor)
    cursor.end()
    table = find_table(session, database, name)
    _require_partitioned(table, as_written(database, name))
    names = sorted(partition_name(table, partition.values) for partition in session.catalog.partitions(table))
    return lines(names, "partition")


def repair(cursor: Cursor, session: Session) -> Result:
    """`MSCK REPAIR TABLE name`: folders `key=value/…` under the table's location become partitions."""
    table = existing_table(cursor, session)
    cursor.end()
    _require_partitioned(table, table.qualified)
    known = {partition.values for partition in session.catalog.partitions(table)}
    found = {values: folder for values, folder in _folders(session, table).items() if values not in known}
    for values, folder in found.items():
        session.catalog.create_partition(table, values, folder)
    if not found:
        return lines([])
    names = [partition_name(table, values) for values in found]
    missing = " ".join(f"{table.name}:{name}" for name in names)
    added = [f"Repair: Added partition to metastore {table.name}:{name}" for name in names]
    return lines([f"Partitions not in metastore:\t{missing}", *added])


def _folders(session: Session, table: Table) -> dict[tuple[str, ...], str]:
    """Locations by partition values, from the keys of the objects under the table."""
    bucket, prefix = split(table.storage.location)
    prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    keys = [column.name for column in table.partition_columns]
    found: dict[tuple[str, ...], str] = {}
    for file in session.storage.objects(bucket, prefix):
        folders = file.key[len(prefix) :].split("/")[:-1]
        named = [folder.partition("=") for folder in folders[: len(keys)]]
        if [key.lower() for key, _, _ in named] == keys:
            values = tuple(unescaped(value) for _, _, value in named)
            found.setdefault(values, f"s3://{bucket}/{prefix}{'/'.join(folders[: len(keys)])}")
    return found


def _hive_name(cursor: Cursor) -> tuple[str | None, str]:
    """`[database.]name`; with a catalog in front Athena fails. Source: pyathena-dev/PyAthena, issue 243."""
    names = [cursor.exact_identifier()]
    if cursor.accept("."):
        names.append(cursor.exact_identifier())
    if cursor.peek("."):
        line, column = cursor.position()
        raise QueryError("FAILED", f"ParseException line {line}:{column - 1} missing EOF at '.' near '{names[-1]}'")
    return (names[0].lower() if len(names) > 1 else None), names[-1].lower()


def _require_partitioned(table: Table, written: str) -> None:
    """Hive's words: its source, "ErrorMsg.TABLE_NOT_PARTITIONED"; of Athena they are unproven."""
    if not table.partition_columns:
        raise hive_ddl_error(f"Table {written} is not a partitioned table")
