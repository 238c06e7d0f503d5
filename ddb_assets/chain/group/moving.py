"""The group's views, moved as one: to an instant that every member has published and verified, or not at all.

Athena replaces one view in one statement and knows no transaction over several. The statements are run one right after
the other; when one fails, those before it are undone. A reader who must not see the seconds in between joins on
`snapshot_timestamp` as well, which every view has: of two instants nothing then matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.source import source_named
from ddb_assets.aws.table_exports import Say
from ddb_assets.catalog import Catalog, Published, Snapshots, Span, spans_back
from ddb_assets.chain.group.spec import GroupSpec
from ddb_assets.chain.latest_view import replace_view, require_room
from ddb_assets.chain.row_counts import RowCounts, count_rows
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec

_ROUNDS: Final = 3


@dataclass(frozen=True)
class Services:
    """What moving reaches; `say` writes into Dagster's log."""

    athena: Athena
    catalog: Catalog
    store: SnapshotStore
    say: Say


@dataclass(frozen=True)
class Instant:
    """An instant that all members have published: each member's partition, by view."""

    snapshot_timestamp: str
    published: Mapping[str, Published]


@dataclass(frozen=True)
class Moved:
    """Where the views are, whether they were moved there, and each member's rows, counted twice."""

    instant: Instant
    moved: bool
    rows: Mapping[str, RowCounts]


def move_views(group: GroupSpec, services: Services) -> Moved:
    """Move all views to the newest instant that every member has published. They never move backward.

    Raises:
        OtherSource: a member's catalog table holds another table's snapshots.
        UserError: there is no such instant, a member's rows there don't agree with its manifest, or a view could not
            be replaced; then all are as they were before.
    """
    for member in group.members:
        source = source_named(services.athena.connection, member.table_name)
        services.catalog.require_chain(member.database, member.catalog_table, source)
    for _ in range(_ROUNDS):
        shown = shown_instants(group, services.catalog)
        newest_shown = max((named for named in shown.values() if named), default=None)
        instant = newest_common(group, services.catalog, newest_shown)
        if newest_shown is not None and instant.snapshot_timestamp < newest_shown:
            return Moved(_where_they_are(group, newest_shown, shown, services.catalog), False, {})
        rows = _verified(group, instant, services)
        if shown_instants(group, services.catalog) != shown:
            # Counting takes its time: another run has moved them meanwhile.
            continue
        _replace(group, instant.snapshot_timestamp, shown, services)
        there = set(shown_instants(group, services.catalog).values()) == {instant.snapshot_timestamp}
        newest = newest_common(group, services.catalog, instant.snapshot_timestamp)
        if there and newest.snapshot_timestamp == instant.snapshot_timestamp:
            return Moved(instant, instant.snapshot_timestamp != newest_shown, rows)
        # Another run has moved some of them meanwhile, or has published a newer instant: go there too.
    raise UserError(f"Group {group.name}: other runs keep moving its views: let one of them end, then run this again.")


def newest_common(group: GroupSpec, catalog: Snapshots, since: str | None) -> Instant:
    """The newest instant that every member has published; `since` is where to begin, as `catalog.newest` takes it.

    Raises:
        UserError: there is none; says which member lacks what.
    """
    newest: dict[str, str] = {}
    for span in spans_back(since):
        published = {member.view: _published(member, catalog, span) for member in group.members}
        common = set.intersection(*(set(partitions) for partitions in published.values()))
        if common:
            instant = max(common)
            return Instant(instant, {view: partitions[instant] for view, partitions in published.items()})
        newest = {**{view: max(partitions) for view, partitions in published.items() if partitions}, **newest}
    named = ", ".join(f"{member.view}: {newest.get(member.view, 'none')}" for member in group.members)
    raise UserError(
        f"Group {group.name}: there is no instant that all of its members have published (the newest: {named}). "
        f"Run {group.job_name} for one partition: it captures all of them."
    )


def shown_instants(group: GroupSpec, catalog: Catalog) -> Mapping[str, str | None]:
    """The instant that each member's view names, None where there is no view yet."""
    return {member.view: _shown(member, catalog) for member in group.members}


def _shown(member: TableSpec, catalog: Catalog) -> str | None:
    return catalog.shown_snapshot(member.database, member.view, member.catalog_table)


def _published(member: TableSpec, catalog: Snapshots, span: Span) -> Mapping[str, Published]:
    found = catalog.snapshots(member.database, member.catalog_table, span)
    return {one.snapshot_timestamp: one for one in found if one.attempted}


def _verified(group: GroupSpec, instant: Instant, services: Services) -> Mapping[str, RowCounts]:
    rows = {
        member.view: count_rows(member, instant.published[member.view], services.athena, services.store)
        for member in group.members
    }
    for view, counted in rows.items():
        if not counted.agree:
            raise UserError(
                f"Group {group.name}: of {view} at {instant.snapshot_timestamp} Athena counts {counted.in_athena} "
                f"rows, its manifest says {counted.in_manifest}: no view was moved. Materialize that member's "
                "partition again."
            )
    return rows


def _replace(group: GroupSpec, instant: str, before: Mapping[str, str | None], services: Services) -> None:
    columns = {member.view: services.catalog.columns(group.database, member.catalog_table) for member in group.members}
    for member in group.members:
        # A view that is too long for the catalog is refused before any of them is moved.
        require_room(member, columns[member.view], instant)
    begun: list[TableSpec] = []
    try:
        for member in group.members:
            begun.append(member)
            replace_view(member, columns[member.view], instant, services.athena, services.catalog)
    except BaseException as error:
        services.say(f"Group {group.name}: {begun[-1].view} could not be moved, so all of its views go back: {error}")
        left = _undo(group, begun, before, services)
        if not isinstance(error, Exception):
            raise
        where = f"these could not be moved back: {', '.join(left)}" if left else "all of them are as they were"
        raise UserError(
            f"Group {group.name}: view {group.database}.{begun[-1].view} could not be moved to {instant}: {error}. "
            f"The group's views move as one: {where}. Run the step again when the cause is mended."
        ) from error


def _undo(
    group: GroupSpec, begun: Sequence[TableSpec], before: Mapping[str, str | None], services: Services
) -> Sequence[str]:
    """Let the views show what they showed before; those that don't."""
    left = []
    for member in begun:
        named = before[member.view]
        try:
            if named is None:
                services.catalog.drop_view(group.database, member.view, member.catalog_table)
            else:
                columns = services.catalog.columns(group.database, member.catalog_table)
                replace_view(member, columns, named, services.athena, services.catalog)
        except Exception as error:
            services.say(f"Group {group.name}: {member.view} could not be moved back to {named}: {error}")
            left.append(member.view)
    return left


def _where_they_are(group: GroupSpec, instant: str, shown: Mapping[str, str | None], catalog: Catalog) -> Instant:
    """The views' own instant, when it is newer than any that all members have published.

    Raises:
        UserError: they aren't all there.
    """
    if set(shown.values()) != {instant}:
        apart = ", ".join(f"{view}: {named or 'none'}" for view, named in shown.items())
        raise UserError(
            f"Group {group.name}: its views show different instants ({apart}), and not every member has published "
            f"{instant}: run {group.job_name} for that partition."
        )
    found = {member.view: catalog.published(group.database, member.catalog_table, instant) for member in group.members}
    return Instant(instant, {view: published for view, published in found.items() if published is not None})
