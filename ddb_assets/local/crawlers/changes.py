"""What a crawl changes in the Data Catalog, under its policies.

With `MergeNewColumns` ("Add new columns only") existing columns, formats and parameters stay as they are; a plain
`UPDATE_IN_DATABASE` writes the crawler's own definition and "removes any metadata that is not set by the crawler". With
`LOG` what exists stays as it is; new tables and partitions are added all the same. `InheritFromTable` gives partitions,
new ones and (also with `LOG`) existing ones, their table's "classification, input format, output format, SerDe
information, and schema".
Source: AWS Glue developer guide, "Setting crawler configuration options", "Preventing a crawler from changing an
existing schema"; API reference, "SchemaChangePolicy".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ddb_assets.local.athena.ddl.formats import FORMATS, TEXT, FileFormat
from ddb_assets.local.athena.hive_types import hive_name
from ddb_assets.local.crawlers.classify import FileSchema
from ddb_assets.local.crawlers.grouping import FoundPartition, FoundTable
from ddb_assets.local.crawlers.inference import Columns
from ddb_assets.local.crawlers.options import Options

Json = dict[str, Any]
_FORMATS: Final = {
    "parquet": FORMATS["PARQUET"],
    "orc": FORMATS["ORC"],
    "avro": FORMATS["AVRO"],
    "json": FileFormat("org.openx.data.jsonserde.JsonSerDe", TEXT.input_format, TEXT.output_format),
    "csv": TEXT,
}
# With another of these a table is not the same table: the crawler deprecates it instead of changing it.
_FUNDAMENTAL: Final = ("classification", "compressionType", "delimiter")
_PARTITION_INPUT: Final = ("Values", "StorageDescriptor", "Parameters")
# What a partition takes over from its table.
_INHERITED: Final = ("Columns", "InputFormat", "OutputFormat", "SerdeInfo")
_DEPRECATED: Final = "DEPRECATED_BY_CRAWLER"
# What GetTable adds to a TableInput.
_NOT_INPUT: Final = frozenset({
    "DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "VersionId", "CatalogId", "IsRegisteredWithLakeFormation",
    "IsMaterializedView",
})  # fmt: skip


@dataclass
class Changes:
    """How many tables and partitions a crawl created, updated and deleted."""

    tables: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})
    partitions: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0})


class CatalogWriter:
    """Writes one crawl's tables; `say` is told each change."""

    def __init__(self, glue: Any, options: Options, crawl_id: str, say: Callable[[str], None]) -> None:
        self._glue = glue
        self._options = options
        self._crawl_id = crawl_id
        self._say = say
        self.changes = Changes()

    def write(self, found: FoundTable) -> str:
        """Create or update the table and its partitions; the name it has in the catalog."""
        name = found.name
        existing = self._table(name)
        if existing is not None and _folder(existing) != found.location.rstrip("/"):
            name = found.name_if_taken
            existing = self._table(name)
        if existing is None:
            if self._options.new_folders_only and self._owned():
                self._say(f"{found.location} would be a new table: ignored, as only new folders are crawled")
                return name
            existing = self._new_table(name, found)
            self._glue.create_table(DatabaseName=self._options.database, TableInput=existing)
            self._count(self.changes.tables, "created", f"table {name}")
        else:
            existing = self._update_table(existing, found)
        self._write_partitions(existing, found)
        return name

    def delete_missing(self, written: Iterable[str]) -> None:
        """Deprecate, delete or leave this crawler's tables for which there were no files."""
        for name in {table["Name"] for table in self._owned()} - set(written):
            if self._options.deletion == "DELETE_FROM_DATABASE":
                self._glue.delete_table(DatabaseName=self._options.database, Name=name)
                self._count(self.changes.tables, "deleted", f"table {name}")
            elif self._options.deletion == "DEPRECATE_IN_DATABASE":
                self._deprecate(name)
            else:
                self._say(f"No files are left of table {name}; DeleteBehavior is LOG")

    def _owned(self) -> list[Json]:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._options.database)
        tables = [table for page in pages for table in page["TableList"]]
        return [
            each for each in tables if each.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == self._options.crawler
        ]

    def _table(self, name: str) -> Json | None:
        try:
            found: Json = self._glue.get_table(DatabaseName=self._options.database, Name=name)["Table"]
        except self._glue.exceptions.EntityNotFoundException:
            return None
        return {key: value for key, value in found.items() if key not in _NOT_INPUT}

    def _new_table(self, name: str, found: FoundTable) -> Json:
        parameters = self._parameters(found.files)
        if found.keys:
            parameters["partition_filtering.enabled"] = "true"
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.keys],
            "Parameters": {"UPDATED_BY_CRAWLER": self._options.crawler, **parameters},
            "StorageDescriptor": {**_descriptor(found.columns, found.files, found.location), "Parameters": parameters},
        }

    def _update_table(self, existing: Json, found: FoundTable) -> Json:
        new = {**self._new_table(existing["Name"], found), "PartitionKeys": existing.get("PartitionKeys", [])}
        before, parameters = existing.get("Parameters", {}), new["Parameters"]
        if any(name in before and before[name] != parameters.get(name) for name in _FUNDAMENTAL):
            changed = [name for name in _FUNDAMENTAL if before.get(name) != parameters.get(name)]
            self._say(f"Table {existing['Name']} has another {', '.join(changed)} than its files")
            if self._options.update:
                self._deprecate(existing["Name"])
            return existing
        if self._options.merge_new_columns:
            new = _with_new_columns(existing, new)
        if _same(existing, new):
            return existing
        if not self._options.update:
            self._say(f"Table {existing['Name']} would change; UpdateBehavior is LOG")
            return existing
        self._glue.update_table(DatabaseName=self._options.database, TableInput=new)
        self._count(self.changes.tables, "updated", f"table {existing['Name']}")
        return new

    def _write_partitions(self, table: Json, found: FoundTable) -> None:
        if not table.get("PartitionKeys"):
            return
        address = {"DatabaseName": self._options.database, "TableName": table["Name"]}
        pages = self._glue.get_paginator("get_partitions").paginate(**address)
        known = {tuple(each["Values"]): each for page in pages for each in page["Partitions"]}
        for partition in found.partitions:
            before = known.pop(partition.values, None)
            if before is None:
                new = self._new_partition(table, partition)
                self._glue.create_partition(**address, PartitionInput=new)
                self._count(self.changes.partitions, "created", f"partition {partition.values} of {table['Name']}")
                continue
            after = self._known_partition(table, partition, before)
            if not _same(before, after):
                self._glue.update_partition(**address, PartitionValueList=list(partition.values), PartitionInput=after)
                self._count(self.changes.partitions, "updated", f"partition {partition.values} of {table['Name']}")
        for values in known:
            if self._options.deletion == "DELETE_FROM_DATABASE":
                self._glue.delete_partition(**address, PartitionValues=list(values))
                self._count(self.changes.partitions, "deleted", f"partition {values} of {table['Name']}")
            else:
                self._say(f"No files are left of partition {values} of {table['Name']}; it stays in the catalog")

    def _new_partition(self, table: Json, partition: FoundPartition) -> Json:
        """The partition as its files say, or its table."""
        parameters = self._parameters(partition.files)
        descriptor = {
            **_descriptor(partition.columns, partition.files, partition.location),
            "Parameters": parameters,
        }
        new = {"Values": list(partition.values), "StorageDescriptor": descriptor, "Parameters": parameters}
        return _inheriting(table, new) if self._options.inherit_from_table else new

    def _known_partition(self, table: Json, partition: FoundPartition, before: Json) -> Json:
        """The partition as it was, with what the policies change of it."""
        if not self._options.update:
            known: Json = {
                name: before[name] for name in ("Values", "StorageDescriptor", "Parameters") if name in before
            }
            return _inheriting(table, known) if self._options.inherit_from_table else known
        new = self._new_partition(table, partition)
        if self._options.merge_new_columns:
            new["Parameters"] = {**before.get("Parameters", {}), **new["Parameters"]}
            if not self._options.inherit_from_table:
                parameters = new["StorageDescriptor"]["Parameters"]
                new["StorageDescriptor"] = {
                    **_with_new_columns(before, new)["StorageDescriptor"],
                    "Parameters": parameters,
                }
        return new

    def _parameters(self, files: Sequence[FileSchema]) -> dict[str, str]:
        rows, size = sum(file.rows for file in files), sum(file.size for file in files)
        first = files[0]
        return {
            "CRAWL_RUN_ID": self._crawl_id,
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "averageRecordSize": str(size // rows if rows else 0),
            "classification": first.classification,
            "compressionType": first.compression,
            "objectCount": str(len(files)),
            "recordCount": str(rows),
            "sizeKey": str(size),
            "typeOfData": "file",
            **first.details,
        }

    def _deprecate(self, name: str) -> None:
        table = self._table(name)
        if table is not None and _DEPRECATED not in table.setdefault("Parameters", {}):
            table["Parameters"][_DEPRECATED] = str(int(time.time() * 1000))
            self._glue.update_table(DatabaseName=self._options.database, TableInput=table)
            self._count(self.changes.tables, "updated", f"table {name} (deprecated)")

    def _count(self, counts: dict[str, int], change: str, what: str) -> None:
        counts[change] += 1
        self._say(f"{change.capitalize()} {what} in database {self._options.database}")


def _inheriting(table: Json, partition: Json) -> Json:
    """The partition with what it takes over from its table."""
    descriptor, parameters = table["StorageDescriptor"], table.get("Parameters", {})
    return {
        **partition,
        "StorageDescriptor": {
            **partition["StorageDescriptor"],
            **{name: descriptor[name] for name in _INHERITED if name in descriptor},
        },
        "Parameters": {
            **partition.get("Parameters", {}),
            **{name: parameters[name] for name in ("classification",) if name in parameters},
        },
    }


def _folder(table: Mapping[str, Any]) -> str:
    return str(table.get("StorageDescriptor", {}).get("Location", "")).rstrip("/")


def _descriptor(columns: Columns, files: Sequence[FileSchema], location: str) -> Json:
    first = files[0]
    chosen = _FORMATS[first.classification]
    formatted = {"serialization.format": "1"} if first.classification not in ("csv", "json") else {}
    return {
        "Columns": [{"Name": name, "Type": hive_name(kind)} for name, kind in columns.items()],
        "Location": location,
        "InputFormat": chosen.input_format,
        "OutputFormat": chosen.output_format,
        "Compressed": first.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": chosen.serde, "Parameters": {**formatted, **first.serde}},
        "BucketColumns": [],
        "SortColumns": [],
        "StoredAsSubDirectories": False,
    }


def _with_new_columns(existing: Mapping[str, Any], new: Json) -> Json:
    """`existing` with the columns, SerDe parameters and parameters that it lacks, and the crawler's own renewed."""
    before, after = existing["StorageDescriptor"], new["StorageDescriptor"]
    known = {column["Name"] for column in before.get("Columns", [])}
    serde = before.get("SerdeInfo", {})
    added = [column for column in after["Columns"] if column["Name"] not in known]
    return {
        **existing,
        "Parameters": {**existing.get("Parameters", {}), **new.get("Parameters", {})},
        "StorageDescriptor": {
            **after,
            **before,
            "Location": after["Location"],
            "Columns": [*before.get("Columns", []), *added],
            "SerdeInfo": {
                **serde,
                "Parameters": {**serde.get("Parameters", {}), **after["SerdeInfo"]["Parameters"]},
            },
        },
    }


def _same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a definition says the same, whichever crawl wrote it."""
    return all(_comparable(before.get(name)) == _comparable(value) for name, value in after.items())


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _comparable(each) for name, each in value.items() if name != "CRAWL_RUN_ID"}
    return value
