"""A query's result as a table, CSV or JSON on standard output."""

import csv
import json
import sys

from rich.console import Console
from rich.table import Table

from ddb_assets.aws.athena import QueryResult
from ddb_assets.commands.terminal import plain
from ddb_snapshot.shown import visible_json

OUTPUT_FORMS = ("table", "csv", "json")

_NO_EDGE = 10_000
_NUMBERS = frozenset({"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"})


def write_result(result: QueryResult, form: str, console: Console) -> None:
    """Write the rows in `form`, one of `OUTPUT_FORMS`. CSV and JSON go to standard output for the next program.

    CSV has every character as it is, since it has no way to write one otherwise.
    """
    if form == "table":
        print_table(result, console)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(column.name for column in result.columns)
        writer.writerows(["" if value is None else value for value in row] for row in result.rows)
    else:
        names = [column.name for column in result.columns]
        rows = [dict(zip(names, row, strict=True)) for row in result.rows]
        print(visible_json(json.dumps(rows, ensure_ascii=False, indent=2)))


def print_table(result: QueryResult, console: Console) -> None:
    """The rows as a table; NULL is shown dim, so that it isn't taken for a word."""
    table = Table(caption=f"{len(result.rows)} rows, {result.scanned_bytes:,} bytes scanned", caption_justify="left")
    for column in result.columns:
        table.add_column(plain(column.name), justify="right" if column.type in _NUMBERS else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*(plain("NULL", "dim") if value is None else plain(value) for value in row))
    if not console.is_terminal:
        # Into a file or a pipe a table goes as wide as it is: only a terminal has an edge to wrap at.
        unbounded = Console(file=console.file, width=_NO_EDGE)
        console = Console(file=console.file, width=unbounded.measure(table).maximum)
    console.print(table)
