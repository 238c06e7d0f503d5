"""A group of tables at one instant: the members' chains up to the catalog, and one step that moves all views."""

import dagster as dg

from ddb_assets.chain.catalog import catalog_asset
from ddb_assets.chain.group.checks import group_checks
from ddb_assets.chain.group.spec import GroupSpec
from ddb_assets.chain.group.view_set import GROUP_KEY, view_set_asset
from ddb_assets.chain.keys import view_key
from ddb_assets.chain.schedules import group_job, snapshot_schedule
from ddb_assets.chain.snapshot import snapshot_asset

__all__ = ["GROUP_KEY", "GroupSpec", "group_definitions"]


def group_definitions(group: GroupSpec) -> dg.Definitions:
    """Everything that Dagster shows and runs for a group. Makes no AWS call.

    The members' source assets are those of the tables' own chains; a table without one is an external asset.
    """
    members = [asset(member) for member in group.members for asset in (snapshot_asset, catalog_asset)]
    job = group_job(group.members, [*(view_key(member) for member in group.members), group.key])
    return dg.Definitions(
        assets=[*members, view_set_asset(group)],
        asset_checks=group_checks(group),
        jobs=[job],
        schedules=[snapshot_schedule(group.members[0], job, group.name)],
    )
