"""The component `ddb_assets.DynamoDBTable`: what a table's defs.yaml says, checked, as an asset chain."""

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import dagster as dg
from pydantic import AfterValidator, Field

from ddb_assets.chain import chain_definitions
from ddb_assets.components import values
from ddb_assets.components.capture import Capture
from ddb_assets.components.chain_component import ChainComponent
from ddb_assets.components.job import Job
from ddb_assets.components.meeting import Claim, table_claims
from ddb_assets.components.scaffolds import TableScaffolder
from ddb_assets.model.table import DEFAULT_FORMAT, DEFAULT_START, Backfill, CatalogMethod, TableSpec
from ddb_assets.settings import DATABASE, load_settings
from ddb_snapshot import allowed
from ddb_snapshot.columns import ColumnOptions


@dg.scaffold_with(TableScaffolder)
class DynamoDBTable(ChainComponent):
    """A DynamoDB table as an asset chain: snapshot files, a catalog partition, a view of the latest snapshot."""

    table_name: Annotated[str, AfterValidator(values.table_name)] = Field(
        json_schema_extra={"pattern": f"^{allowed.TABLE_NAME}$"},
        description="The DynamoDB table's name.",
        examples=["Reviews"],
    )
    name: str | None = Field(
        default=None,
        pattern=values.VIEW_NAME,
        description="Name of a second chain of the same table, say in another format. Default: the table's own.",
        examples=["reviews_csv"],
    )
    cadence: Annotated[str, AfterValidator(values.cron)] = Field(
        default=TableSpec.cadence,
        description="Cron expression, UTC, that spaces the snapshots. Default: every midnight.",
    )
    start: Annotated[str | None, AfterValidator(values.start)] = Field(
        default=None, description="First partition, UTC, as 2026-11-24T00:00 or 2026-11-24. Default: 2026-01-01."
    )
    read_percentage: float = Field(
        default=TableSpec.read_percentage,
        ge=allowed.SHARE.least,
        le=allowed.SHARE.most,
        description=f"Share of the table's read capacity that a scan may use, {allowed.SHARE}.",
    )
    capture: Capture = Field(
        default_factory=Capture,
        description="How the items are obtained. Default: chosen for each snapshot.",
        examples=[{"method": "export"}],
    )
    job: Job = Field(
        default_factory=Job,
        description="Worker type, workers and timeout of the Glue job's runs. Default: planned by the table's size.",
        examples=[{"worker_type": "G.2X", "workers": 10, "timeout": "12h"}],
    )
    backfill: Annotated[str, AfterValidator(values.backfill)] = Field(
        default=TableSpec.backfill,
        description="run_per_partition, or single_run: one run for a range, as `--partition-range` needs it.",
    )
    output_format: Annotated[str, AfterValidator(values.file_format)] = Field(
        default=DEFAULT_FORMAT, description="File format of the snapshots."
    )
    catalog: Annotated[str, AfterValidator(values.catalog_method)] = Field(
        default=TableSpec.catalog,
        description="How a snapshot is published: direct (one call), or crawler (a Glue crawler finds it).",
    )
    database: str | None = Field(
        default=None,
        pattern=DATABASE,
        description="Data Catalog database. Default: DDB_ASSETS_DATABASE, else dynamodb_exports.",
    )
    prefix: Annotated[str | None, AfterValidator(values.prefix)] = Field(
        default=None, description="Key prefix in the bucket. Default: DDB_ASSETS_PREFIX, else none."
    )
    columns: Annotated[Mapping[str, str], AfterValidator(values.pins)] = Field(
        default_factory=dict,
        description="Attributes pinned to types, by their exact names. What doesn't fit goes to a drift column.",
        examples=[{"price": "decimal(18,2)"}],
    )
    nested: Annotated[str, AfterValidator(values.nested)] = Field(
        default=ColumnOptions.nested,
        description="Maps and lists as structs and arrays (struct), or as DynamoDB-JSON text (json).",
    )
    numbers: Annotated[str, AfterValidator(values.numbers)] = Field(
        default=ColumnOptions.numbers,
        description="exact (bigint, else decimal(38,18), else text), double (where nothing is lost), string.",
    )
    max_map_keys: int = Field(
        default=ColumnOptions.max_map_keys,
        ge=allowed.MAP_KEYS.least,
        le=allowed.MAP_KEYS.most,
        description="A map with more distinct keys than this becomes DynamoDB-JSON text.",
    )
    max_depth: int = Field(
        default=ColumnOptions.max_depth,
        ge=allowed.DEPTH.least,
        le=allowed.DEPTH.most,
        description="Maps and lists nested deeper become DynamoDB-JSON text.",
    )
    owners: Annotated[Sequence[str], AfterValidator(values.owners)] = Field(
        default=(), description="Owners shown in Dagster: e-mail addresses or team:name."
    )
    tags: Annotated[Mapping[str, str], AfterValidator(values.tags)] = Field(
        default_factory=dict, description="Tags of the chain's assets."
    )

    def table_spec(self) -> TableSpec:
        """The component's values with the defaults of the settings."""
        return TableSpec(
            table_name=self.table_name,
            database=self.database or load_settings().database,
            name=self.name,
            cadence=self.cadence,
            start=DEFAULT_START if self.start is None else values.parse_start(self.start),
            read_percentage=self.read_percentage,
            output_format=self.output_format,
            prefix=self.prefix,
            catalog=cast(CatalogMethod, self.catalog),
            capture=self.capture.spec(),
            job=self.job.wishes(),
            backfill=cast(Backfill, self.backfill),
            column_options=ColumnOptions.from_json(
                {
                    "columns": dict(self.columns),
                    "nested": self.nested,
                    "numbers": self.numbers,
                    "max_map_keys": self.max_map_keys,
                    "max_depth": self.max_depth,
                }
            ),
            owners=tuple(self.owners),
            tags=dict(self.tags),
        )

    def claims(self) -> Sequence[Claim]:
        return table_claims(self.table_spec())

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        self.require_no_meeting(context)
        return chain_definitions(self.table_spec())
