"""Columns as Dagster shows them: the standard column schema, and lineage from column to column."""

from collections.abc import Sequence

import dagster as dg

from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.names import PARTITION_COLUMN
from ddb_snapshot.shown import code_span


def column_schema(columns: Sequence[Column], output_format: str, *, partitioned: bool) -> dg.TableSchema:
    """The catalog's names and types, with the DynamoDB attribute each column holds.

    Dagster takes a description for Markdown, and DynamoDB any text for an attribute's name.
    """
    shown = [
        dg.TableColumn(name, hive_type, description=f"Attribute {code_span(column.attribute)}", tags={})
        for column, (name, hive_type) in zip(columns, formats.catalog_columns(columns, output_format), strict=True)
    ]
    if partitioned:
        shown.append(dg.TableColumn(PARTITION_COLUMN, "string", description="The snapshot's instant, UTC"))
    return dg.TableSchema(columns=shown)


def column_lineage(columns: Sequence[Column], upstream: dg.AssetKey, *, by_attribute: bool) -> dg.TableColumnLineage:
    """Each column's one origin in `upstream`: DynamoDB's attribute, or the column of the same name."""
    return dg.TableColumnLineage(
        {
            column.name: [dg.TableColumnDep(upstream, column.attribute if by_attribute else column.name)]
            for column in columns
        }
    )
