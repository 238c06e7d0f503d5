"""Lines as Hive prints them: cells of at least 20 characters with tabs between. Athena makes one value of each line.

Sources: Hive's source, "MetaDataFormatUtils" (2.1). Real answers of Athena: SHOW COLUMNS in PyAthena's tests; DESCRIBE
in aws-sdk-pandas' tests (`get_df_txt`) and in mtanda/grafana-aws-athena-datasource, issue 39.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ddb_assets.local.athena.catalog import Column
from ddb_assets.local.athena.hive_types import hive_name

WIDTH = 20
"""What Hive pads a cell to; a longer one stays whole. Source: Hive's source, "MetaDataFormatUtils.ALIGNMENT"."""


def cell(text: str) -> str:
    """One padded cell."""
    return text.ljust(WIDTH)


def line(*cells: str) -> str:
    """A line of three cells; those that are not given are NULL, which Hive prints as a space."""
    return "\t".join([*cells, *" " * (3 - len(cells))])


BLANK = line("")
HEADING = line(f"# {cell('col_name')}", cell("data_type"), cell("comment"))


def column_lines(columns: Sequence[Column]) -> Iterator[str]:
    """Name, type and comment of each; a comment of several lines takes as many."""
    for column in columns:
        name, kind = cell(column.name), cell(hive_name(column.type))
        first, *others = re.split(r"[\n\r]", (column.comment or "").rstrip("\n\r"))
        yield line(name, kind, cell(first))
        for other in others:
            yield line(" " * len(name), " " * len(kind), other)
