"""The component `ddb_assets.DynamoDBTable`: what a table's defs.yaml says, checked, as an asset chain."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, cast, get_args

import dagster as dg
from dagster._utils.schedules import is_valid_cron_string
from pydantic import AfterValidator, Field

from ddb_assets.chain import chain_definitions
from ddb_assets.chain.table import DEFAULT_START, CatalogMethod, TableSpec
from ddb_assets.settings import load_settings
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.formats import OUTPUT_FORMATS


def _cron(value: str) -> str:
    if not is_valid_cron_string(value):
        raise ValueError(
            f"{value!r} is not a cron expression of five fields, such as '0 0 * * *' for every midnight UTC"
        )
    return value


def _format(value: str) -> str:
    if value not in OUTPUT_FORMATS:
        raise ValueError(f"{value!r} is not one of {', '.join(OUTPUT_FORMATS)}")
    return value


def _catalog(value: str) -> str:
    methods = get_args(CatalogMethod)
    if value not in methods:
        raise ValueError(f"{value!r} is not one of {', '.join(methods)}")
    return value


def _pins(value: Mapping[str, str]) -> Mapping[str, str]:
    return ColumnOptions(columns=value).columns


def _nested(value: str) -> str:
    return ColumnOptions.from_json({"nested": value}).nested


def _numbers(value: str) -> str:
    return ColumnOptions.from_json({"numbers": value}).numbers


def _start(value: str | None) -> str | None:
    if value is not None:
        _parse_start(value)
    return value


class DynamoDBTable(dg.Component, dg.Model, dg.Resolvable):
    """A DynamoDB table as an asset chain: snapshot files, a catalog partition, a view of the latest snapshot."""

    # Amazon DynamoDB developer guide, "Naming rules".
    table_name: str = Field(
        pattern=r"^[A-Za-z0-9_.-]{3,255}$", description="The DynamoDB table's name.", examples=["Reviews"]
    )
    name: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]{0,127}$",
        description="Name of a second chain of the same table, say in another format. Default: the table's own.",
        examples=["reviews_csv"],
    )
    cadence: Annotated[str, AfterValidator(_cron)] = Field(
        default="0 0 * * *", description="Cron expression, UTC, that spaces the snapshots. Default: every midnight."
    )
    start: Annotated[str | None, AfterValidator(_start)] = Field(
        default=None, description="First partition, UTC, as 2026-11-24T00:00 or 2026-11-24. Default: 2026-01-01."
    )
    read_percentage: float = Field(
        default=0.25, ge=0.1, le=1.0, description="Share of the table's read capacity that a scan may use, 0.1 to 1.0."
    )
    output_format: Annotated[str, AfterValidator(_format)] = Field(
        default="parquet", description="File format of the snapshots."
    )
    catalog: Annotated[str, AfterValidator(_catalog)] = Field(
        default="direct",
        description="How a snapshot is published: direct (one call), or crawler (a Glue crawler finds it).",
    )
    database: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9_]+$",
        description="Data Catalog database. Default: DDB_ASSETS_DATABASE, else dynamodb_exports.",
    )
    prefix: str | None = Field(
        default=None, description="Key prefix in the bucket. Default: DDB_ASSETS_PREFIX, else none."
    )
    columns: Annotated[Mapping[str, str], AfterValidator(_pins)] = Field(
        default_factory=dict,
        description="Attributes pinned to types, by their exact names. What doesn't fit goes to a drift column.",
        examples=[{"price": "decimal(18,2)"}],
    )
    nested: Annotated[str, AfterValidator(_nested)] = Field(
        default="struct", description="Maps and lists as structs and arrays (struct), or as DynamoDB-JSON text (json)."
    )
    numbers: Annotated[str, AfterValidator(_numbers)] = Field(
        default="exact",
        description="exact (bigint, else decimal(38,18), else text), double (where nothing is lost), string.",
    )
    max_map_keys: int = Field(
        default=200, ge=1, le=5000, description="A map with more distinct keys than this becomes DynamoDB-JSON text."
    )
    max_depth: int = Field(
        default=8, ge=1, le=32, description="Maps and lists nested deeper become DynamoDB-JSON text."
    )
    owners: Sequence[str] = Field(default=(), description="Owners shown in Dagster: e-mail addresses or team:name.")
    tags: Mapping[str, str] = Field(default_factory=dict, description="Tags of the chain's assets.")

    def table_spec(self) -> TableSpec:
        """The component's values with the defaults of the settings."""
        return TableSpec(
            table_name=self.table_name,
            database=self.database or load_settings().database,
            name=self.name,
            cadence=self.cadence,
            start=DEFAULT_START if self.start is None else _parse_start(self.start),
            read_percentage=self.read_percentage,
            output_format=self.output_format,
            prefix=self.prefix,
            catalog=cast(CatalogMethod, self.catalog),
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

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return chain_definitions(self.table_spec())


def _parse_start(value: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an instant such as 2026-11-24T00:00 or 2026-11-24") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
