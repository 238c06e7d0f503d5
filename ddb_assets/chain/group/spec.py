"""A group as data: tables that are captured at one instant, and whose views move together."""

from dataclasses import dataclass

import dagster as dg

from ddb_assets.model.table import TableSpec


@dataclass(frozen=True)
class GroupSpec:
    """`members` are chains of their own in the group's database, all of one cadence; they name the group.

    `view_prefix` is what their names have before what is their own.
    """

    name: str
    members: tuple[TableSpec, ...]
    view_prefix: str = ""

    @property
    def database(self) -> str:
        return self.members[0].database

    @property
    def key(self) -> dg.AssetKey:
        """The asset that stands for the whole group."""
        return dg.AssetKey([self.database, self.name])

    @property
    def job_name(self) -> str:
        return self.members[0].job_name

    @property
    def dagster_group(self) -> str:
        return self.members[0].group
