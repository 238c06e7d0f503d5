"""The Data Catalog's table and partitions of a chain, as the Glue API takes them. Makes no call.

Of a table that is there, only what a snapshot needs is changed: parameters, comments and columns that others have added
stay as they are.
Source: AWS Glue API reference, "TableInput", "StorageDescriptor structure".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ddb_assets.aws.source import require_own
from ddb_assets.catalog import CatalogTable
from ddb_assets.errors import UserError
from ddb_snapshot import formats
from ddb_snapshot.columns import Column, ColumnChanged, ForeignColumn, check_stable, with_names_of
from ddb_snapshot.columns.column import COLUMN_PARAMETER
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import PARTITION_COLUMN
from ddb_snapshot.source_identity import OWN_NAME, Source

# Of what GetTable answers, what UpdateTable takes: the rest says how the table came to be.
_TABLE_INPUT: Final = (
    "Name", "Description", "Owner", "Retention", "LastAccessTime", "LastAnalyzedTime", "PartitionKeys", "TableType",
    "StorageDescriptor", "Parameters",
)  # fmt: skip

# These are read by the names of columns, the others by their position.
# Source: Amazon Athena user guide, "Handle schema updates".
_BY_NAME: Final = ("parquet", "orc")


def new_table(name: str, location: str, manifest: Manifest) -> dict[str, Any]:
    """The table that holds a chain's snapshots, for the first of them."""
    storage = formats.storage(manifest.output_format, manifest.columns)
    return {
        "Name": name,
        "Description": f"Snapshots of DynamoDB table {manifest.table_name}",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": PARTITION_COLUMN, "Type": "string", "Comment": "The snapshot's instant, UTC"}],
        "StorageDescriptor": storage_descriptor(location, manifest.output_format, manifest.columns),
        "Parameters": {
            "EXTERNAL": "TRUE",
            **manifest.record.parameters(),
            "ddb.output_format": manifest.output_format,
            **storage.table_parameters,
        },
    }


def changed_table(
    existing: Mapping[str, Any],
    output_format: str,
    columns: Sequence[Column],
    parameters: Mapping[str, str],
    location: str | None = None,
) -> dict[str, Any]:
    """What UpdateTable is to make of a table that is there: these columns in that format, these parameters."""
    storage, before = formats.storage(output_format, columns), existing["StorageDescriptor"]
    described = storage_descriptor(location or before["Location"], output_format, columns)
    there = {column["Name"]: column for column in before["Columns"]}
    described["Columns"] = [_kept(there.get(column["Name"]), column) for column in described["Columns"]]
    described["SerdeInfo"] = _serde(before.get("SerdeInfo") or {}, described["SerdeInfo"])
    kept = {name: existing[name] for name in _TABLE_INPUT if name in existing}
    return {
        **kept,
        "StorageDescriptor": {**before, **described},
        "Parameters": {**existing.get("Parameters", {}), **storage.table_parameters, **parameters},
    }


def partition_input(manifest: Manifest) -> dict[str, Any]:
    """The partition that publishes a finished attempt."""
    return {
        "Values": [manifest.snapshot_timestamp],
        "StorageDescriptor": storage_descriptor(manifest.location, manifest.output_format, manifest.columns),
        "Parameters": {
            "ddb.attempt": manifest.attempt,
            "ddb.row_count": str(manifest.row_count),
            **manifest.record.parameters(),
            **_span(manifest),
        },
    }


def storage_descriptor(location: str, output_format: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Columns, location and SerDe of a table or partition."""
    storage = formats.storage(output_format, columns)
    return {
        "Columns": [
            {"Name": name, "Type": hive_type, "Parameters": column.parameters()}
            for column, (name, hive_type) in zip(columns, formats.catalog_columns(columns, output_format), strict=True)
        ],
        "Location": location,
        "InputFormat": storage.input_format,
        "OutputFormat": storage.output_format,
        "SerdeInfo": {"SerializationLibrary": storage.serde, "Parameters": dict(storage.serde_parameters)},
    }


def known_columns(existing: CatalogTable) -> tuple[Column, ...]:
    """The columns of a table that is there. Raises `UserError` for one whose meaning can't be known."""
    try:
        return existing.columns()
    except ForeignColumn as error:
        raise UserError(f"{existing.name}: {error}. Nothing was published.") from error


def merge_columns(table: str, known: tuple[Column, ...], manifest: Manifest) -> tuple[Column, ...]:
    """The table's columns once `manifest` is published: an attempt knows more than the table, or is an older one.

    Of two attempts that were planned on the same columns, each may know some that the other doesn't. Where columns are
    read by name, the table then has those of both. Names that either keeps for attributes without a type stay kept.

    Raises:
        UserError: a column means two things; or the columns can't be told apart by name.
    """
    try:
        if manifest.output_format in _BY_NAME:
            merged = _by_name(table, known, manifest.columns)
        elif _begins_with(known, manifest.columns):
            merged = known
        else:
            check_stable(known, manifest.columns, table)
            merged = manifest.columns
    except ColumnChanged as error:
        raise UserError(
            f"{table}: snapshot {manifest.snapshot_timestamp} was planned before another snapshot changed the table "
            f"({error}): materialize the partition again. Nothing was published."
        ) from error
    return with_names_of(with_names_of(merged, known), manifest.columns)


def remembered(columns: Sequence[Column]) -> list[tuple[Column, Mapping[str, str]]]:
    """All that the catalog is to know of columns, with the names that they keep."""
    return [(column, column.reserved) for column in columns]


def require_chain(existing: CatalogTable, source: Source, output_format: str | None) -> None:
    """Raises `UserError`, with the ways out, unless the catalog's table holds the source's snapshots in that format."""
    table, published = existing.name, existing.output_format
    if published is None:
        raise UserError(
            f"{table} is in the Data Catalog already, and isn't a table of {source.name}'s snapshots (it has no "
            "parameter ddb.output_format): drop or rename it, or give this chain a `name` or `database` of its own. "
            "Nothing was published."
        )
    require_own(f"{existing.database}.{table}", existing.record, source, OWN_NAME)
    if output_format is not None and published != output_format:
        raise UserError(
            f"{table} is published as {published}, and Athena needs a table and all its partitions in one format: no "
            f"{output_format} snapshot was published. Keep `output_format: {published}`, or choose a way out: (1) one "
            f"stack for each format: a second defs.yaml of {source.name} with a `name` of its own; (2) rewrite all "
            f"that is published: `ddb-assets rewrite {source.name} --format {output_format}`."
        )


def _span(manifest: Manifest) -> dict[str, str]:
    """Between which instants the table was as the rows say; earlier versions' manifests don't tell."""
    ends = {"ddb.read_from": manifest.capture.read_from, "ddb.read_to": manifest.capture.read_to}
    return {name: instant for name, instant in ends.items() if instant is not None}


def _serde(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The SerDe with what others have set of it, unless it becomes another."""
    if before.get("SerializationLibrary") != wanted["SerializationLibrary"]:
        return wanted
    return {**before, **wanted, "Parameters": {**(before.get("Parameters") or {}), **wanted["Parameters"]}}


def _kept(there: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A column as it is to be, with what others have written of it; a column that others have made stays as it is."""
    if there is None:
        return wanted
    parameters = there.get("Parameters") or {}
    if COLUMN_PARAMETER not in parameters and there.get("Type") == wanted["Type"]:
        return there
    others = {name: value for name, value in parameters.items() if not name.startswith("ddb.")}
    return {**there, "Type": wanted["Type"], "Parameters": {**others, **wanted["Parameters"]}}


def _by_name(table: str, known: Sequence[Column], columns: Sequence[Column]) -> tuple[Column, ...]:
    merged = {column.name: column for column in known}
    for column in columns:
        before = merged.setdefault(column.name, column)
        if not _begins_with((before,), (column,)):
            check_stable((before,), (column,), table)
            merged[column.name] = column
    return tuple(merged.values())


def _begins_with(longer: Sequence[Column], shorter: Sequence[Column]) -> bool:
    try:
        check_stable(shorter, longer)
    except ColumnChanged:
        return False
    return True
