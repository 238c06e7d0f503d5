"""A group as data: tables that are captured at one instant, and whose views move together."""

from dataclasses import dataclass

import dagster as dg

from ddb_assets.chain.table import TableSpec
from ddb_assets.errors import UserError


@dataclass(frozen=True)
class GroupSpec:
    """`members` are chains of their own in the group's database, all of one cadence; they name the group."""

    name: str
    members: tuple[TableSpec, ...]

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

    def require_distinct_names(self) -> None:
        """Raises `UserError` where two things of the group would have one name in the catalog."""
        taken: dict[str, str] = {self.name: "the group itself"}
        for member in self.members:
            for name in (member.view, member.catalog_table):
                if name in taken:
                    raise UserError(
                        f"Group {self.name}: {member.table_name} would be {self.database}.{name}, and so is "
                        f"{taken[name]}: set `view_prefix`, or name the group otherwise."
                    )
                taken[name] = member.table_name
