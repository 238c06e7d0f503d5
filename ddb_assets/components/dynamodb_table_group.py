"""The component `ddb_assets.DynamoDBTableGroup`: tables captured at one instant, and views that move together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, cast

import dagster as dg
from pydantic import AfterValidator, Field, model_validator
from typing_extensions import Self

from ddb_assets.chain.group import GroupSpec, group_definitions
from ddb_assets.components import values
from ddb_assets.components.capture import Capture
from ddb_assets.components.chain_component import ChainComponent
from ddb_assets.components.job import Job
from ddb_assets.components.meeting import Claim, group_claims
from ddb_assets.components.refusals import RefusedAt
from ddb_assets.components.scaffolds import GroupScaffolder
from ddb_assets.model.capture import AUTO, GROUP_METHODS, capture_method
from ddb_assets.model.table import DEFAULT_FORMAT, DEFAULT_START, Backfill, TableSpec
from ddb_assets.settings import DATABASE
from ddb_snapshot.names import catalog_name, fitting


def _tables(value: Sequence[str]) -> Sequence[str]:
    if len(value) < 2:
        raise ValueError("a group has two tables or more; one alone is a `ddb_assets.DynamoDBTable`")
    for table in value:
        values.table_name(table)
        if value.count(table) > 1:
            raise ValueError(f"{table!r} is listed twice")
    return value


def _names(value: Mapping[str, str]) -> Mapping[str, str]:
    for table, name in value.items():
        if not re.fullmatch(values.VIEW_NAME, name):
            raise RefusedAt((table,), f"{name!r} is no view's name: a letter, then letters, digits and `_`, lowercase")
    return value


def _exported(value: Capture) -> Capture:
    if value.method != AUTO and value.method not in GROUP_METHODS:
        method = capture_method(value.method)
        why = (
            "an increment is built on its own table's last snapshot, a group on nothing but its instant"
            if method.exact
            else f"{method.in_words} reads a table as it is while it reads, so that no two tables are of one instant"
        )
        raise ValueError(
            f"the members of a group are captured by native exports alone, here `method` is {value.method}: {why}. "
            "Leave `method` out"
        )
    if value.max_rcu is not None:
        raise ValueError("`max_rcu` is a scan's budget; a group's exports read no capacity of its tables")
    if value.max_lag is not None:
        raise ValueError("`max_lag` limits a scan; a group's exports are true to the second")
    return value


@dg.scaffold_with(GroupScaffolder)
class DynamoDBTableGroup(ChainComponent):
    """DynamoDB tables as of one instant: a snapshot of each by native export, and views that move together."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,63}$", description="The group's name, and its database's.", examples=["shop"]
    )
    tables: Annotated[Sequence[str], AfterValidator(_tables)] = Field(
        description="Names of DynamoDB tables with point-in-time recovery.", examples=[["Customers", "Orders"]]
    )
    cadence: Annotated[str, AfterValidator(values.cron)] = Field(
        default=TableSpec.cadence,
        description="Cron expression, UTC, that spaces the snapshots. Default: every midnight.",
    )
    start: Annotated[str | None, AfterValidator(values.start)] = Field(
        default=None, description="First partition, UTC, as 2026-11-24T00:00 or 2026-11-24. Default: 2026-01-01."
    )
    capture: Annotated[Capture, AfterValidator(_exported)] = Field(
        default_factory=Capture, description="Options of the exports: kms_key, bucket_owner, keep_exports, timeout."
    )
    job: Job = Field(
        default_factory=Job,
        description="Worker type, workers and timeout of each run of the Glue job. Default: planned by a table's size.",
    )
    backfill: Annotated[str, AfterValidator(values.backfill)] = Field(
        default=TableSpec.backfill,
        description="run_per_partition, or single_run: one run for a range, as `--partition-range` needs it.",
    )
    output_format: Annotated[str, AfterValidator(values.file_format)] = Field(
        default=DEFAULT_FORMAT, description="File format of the snapshots."
    )
    database: str | None = Field(
        default=None, pattern=DATABASE, description="Data Catalog database. Default: the group's name."
    )
    view_prefix: str | None = Field(
        default=None,
        pattern=r"^([a-z][a-z0-9_]{0,63})?$",
        description="Put before the views' names. Default: none in the group's own database, else `<name>_`.",
    )
    names: Annotated[Mapping[str, str], AfterValidator(_names)] = Field(
        default_factory=dict,
        description="Other names for the members' views, by their tables. Default: the tables' own.",
        examples=[{"Order-Lines": "lines"}],
    )
    prefix: Annotated[str | None, AfterValidator(values.prefix)] = Field(
        default=None, description="Key prefix in the bucket, before the group's name. Default: DDB_ASSETS_PREFIX."
    )
    owners: Annotated[Sequence[str], AfterValidator(values.owners)] = Field(
        default=(), description="Owners shown in Dagster: e-mail addresses or team:name."
    )
    tags: Annotated[Mapping[str, str], AfterValidator(values.tags)] = Field(
        default_factory=dict, description="Tags of the group's assets."
    )

    @model_validator(mode="after")
    def _names_are_of_members(self) -> Self:
        for table in self.names:
            if table not in self.tables:
                raise RefusedAt(
                    ("names", table), f"{table!r} is none of the group's tables, which are {', '.join(self.tables)}"
                )
        return self

    def group_spec(self) -> GroupSpec:
        """The component's values."""
        database = self.database or self.name
        view_prefix = self.view_prefix
        if view_prefix is None:
            view_prefix = "" if database == self.name else f"{self.name}_"
        members = (
            TableSpec(
                table_name=table,
                database=database,
                name=fitting(f"{view_prefix}{self.names.get(table) or catalog_name(table)}"),
                cadence=self.cadence,
                start=DEFAULT_START if self.start is None else values.parse_start(self.start),
                output_format=self.output_format,
                prefix=self.prefix,
                capture=replace(self.capture.spec(), method=GROUP_METHODS[0]),
                job=self.job.wishes(),
                backfill=cast(Backfill, self.backfill),
                member_of=self.name,
                fellows=tuple(self.tables),
                owners=tuple(self.owners),
                tags=dict(self.tags),
            )
            for table in self.tables
        )
        return GroupSpec(self.name, tuple(members), view_prefix)

    def claims(self) -> Sequence[Claim]:
        return group_claims(self.group_spec())

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        self.require_no_meeting(context)
        return group_definitions(self.group_spec())
