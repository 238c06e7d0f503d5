"""Which partitions a query needs.

DuckDB's optimizer has carried every predicate as near to its table as it goes, through views, joins and subqueries. Its
plan says which predicates stand on or directly above each scan; those on partition columns alone are evaluated over the
partitions' values. A predicate that isn't understood prunes nothing: the query's result is the same either way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from ddb_assets.local.athena.catalog import Partition
from ddb_assets.local.athena.hive_types import arrow_type
from ddb_assets.local.athena.partition_expression import any_of, expression
from ddb_assets.local.athena.scan import TableScan, partition_value

_VOLATILE = re.compile(r"\b(random|rand|uuid|gen_random_uuid|nextval)\b", re.IGNORECASE)


def prune(connection: duckdb.DuckDBPyConnection, plan: str, scans: Mapping[int, TableScan]) -> None:
    """Choose the scans' partitions by DuckDB's plan (`EXPLAIN (FORMAT json)`).

    The catalog is asked for as few as it can tell; what it gives is looked at again, by all that the plan says.
    """
    found = list(_scans(json.loads(plan), []))
    known = all(number in scans for number, _ in found)
    for number, scan in scans.items():
        if not known or not scan.table.partition_columns:
            scan.partitions = scan.listed(None)
            continue
        # A view or CTE that DuckDB copied into several places scans once for each, with predicates of its own.
        places = [_conditions(scan, predicates) for each, predicates in found if each == number]
        if not places:
            continue
        columns, names = scan.table.partition_columns, _names(scan)
        listed = scan.listed(any_of([expression(place, columns, names) for place in places]))
        kept = [_matching(connection, scan, listed, place, names) for place in places]
        ids = {id(partition) for partitions in kept for partition in partitions}
        scan.partitions = [partition for partition in listed if id(partition) in ids]


def _scans(nodes: Sequence[Mapping[str, Any]], above: list[str]) -> Iterator[tuple[int | None, list[str]]]:
    """Each scan in the plan: its reference's number, and the predicates on it and directly above it."""
    for node in nodes:
        name, info = node["name"].strip(), node["extra_info"]
        if "ARROW_SCAN" in name:
            yield _scanned(node), [*above, *_texts(info.get("Filters"))]
        yield from _scans(node["children"], _texts(info.get("Expression")) if name == "FILTER" else [])


def _scanned(node: Mapping[str, Any]) -> int | None:
    """The number of the reference that a scan is of."""
    found = re.search(r"\br(\d+)c\d+\b", " ".join(_texts(node["extra_info"].get("Projections"))))
    found = found or re.search(r"\"r(\d+)c\d+\"", " ".join(_texts(node["extra_info"].get("Filters"))))
    return int(found.group(1)) if found else None


def _texts(info: str | list[str] | None) -> list[str]:
    return [info] if isinstance(info, str) else list(info or ())


def _conditions(scan: TableScan, predicates: Sequence[str]) -> list[exp.Expression]:
    """The conditions on the scan's partition columns alone, all of which hold of each row that is needed."""
    names = _names(scan)
    stable = (predicate for predicate in predicates if not _VOLATILE.search(predicate))
    found = []
    for conjunct in (conjunct for predicate in stable for conjunct in _conjuncts(predicate)):
        columns = {column.sql("duckdb") for column in conjunct.find_all(exp.Column)}
        if columns and all(column.replace('"', "").lower() in names for column in columns):
            found.append(conjunct)
    return found


def _matching(
    connection: duckdb.DuckDBPyConnection,
    scan: TableScan,
    partitions: Sequence[Partition],
    conditions: Sequence[exp.Expression],
    names: Mapping[str, int],
) -> Sequence[Partition]:
    for condition in conditions:
        partitions = _evaluated(connection, scan, partitions, condition, names)
    return partitions


def _conjuncts(predicate: str) -> list[exp.Expression]:
    try:
        parsed = sqlglot.parse_one(predicate, read="duckdb").unnest()
    except sqlglot.ParseError:
        return []
    return list(parsed.flatten()) if isinstance(parsed, exp.And) else [parsed]


def _names(scan: TableScan) -> dict[str, int]:
    """Names in a plan that are this scan's partition columns -> the column's place among them."""
    first = len(scan.table.storage.columns)
    names = {scan.internal(first + place): place for place in range(len(scan.table.partition_columns))}
    for place, shown in scan.shown.items():
        if 0 <= place - first < len(scan.table.partition_columns):
            names[shown] = place - first
    return names


def _evaluated(
    connection: duckdb.DuckDBPyConnection,
    scan: TableScan,
    partitions: Sequence[Partition],
    conjunct: exp.Expression,
    names: Mapping[str, int],
) -> Sequence[Partition]:
    columns = scan.table.partition_columns
    values = {
        name: pa.array(
            [partition_value(columns[p], part.values[p]) for part in partitions], arrow_type(columns[p].type)
        )
        for name, p in names.items()
    }
    listing = pa.table({"__row": pa.array(range(len(partitions)), pa.int64()), **values})
    try:
        cursor = connection.cursor()
        cursor.register("__partitions", listing)
        rows = cursor.execute(f"SELECT __row FROM __partitions WHERE {conjunct.sql('duckdb')} ORDER BY 1").fetchall()
    except duckdb.Error:
        return partitions
    return [partitions[row] for (row,) in rows]
