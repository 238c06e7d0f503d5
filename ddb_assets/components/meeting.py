"""Names that meet: two things of a project that would be one in the catalog, in S3 or in Dagster.

Each defs.yaml is built for itself, so none sees the others; Dagster would refuse the whole project by an asset's key
alone, and of two tables with one folder it would see nothing. Here all of them are looked at before the first is built.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import dagster as dg
from dagster.components.core.component_tree import ComponentTree
from dagster.components.core.decl import ComponentDecl

from ddb_assets.aws.s3 import output_prefix
from ddb_assets.chain.group import GroupSpec
from ddb_assets.chain.table import TableSpec
from ddb_assets.components.attributes import ComponentAttributes
from ddb_assets.errors import UserError
from ddb_assets.settings import load_settings


class ChainComponent(ComponentAttributes):
    """A component that makes chains: of a table, or of a group of tables."""

    def claims(self) -> "Sequence[Claim]":
        """What it would be called by, everywhere."""
        raise NotImplementedError


@dataclass(frozen=True)
class Claim:
    """A name that only one may have: `what` it names, for whom, and how `owner` gets another."""

    what: str
    owner: str
    remedy: str


def table_claims(table: TableSpec) -> Sequence[Claim]:
    """The names of one table's chain."""
    remedy = f"set `name` (such as `name: {table.view}_2`)"
    return [Claim(what, f"table {table.table_name}", remedy) for what in _names(table)]


def group_claims(group: GroupSpec) -> Sequence[Claim]:
    """The names of a group: its own, and those of its members."""
    own = _claim(_catalog(group.database, group.name), group)
    return [own, *(_claim(what, group, member) for member in group.members for what in _names(member))]


def require_no_meeting(context: dg.ComponentLoadContext) -> None:
    """Look at all chains of the project, once for each loading of it.

    Raises:
        UserError: names meet; for each, the files and tables, what both would be, and what to set.
    """
    tree = context.component_tree
    # One that `dg.build_defs_for_component` builds is alone: it has no declaration among others.
    alone = not isinstance(context.component_decl, ComponentDecl)
    if alone or tree.state_tracker in _looked_at:
        return
    found = list(meetings(_components(tree)))
    if found:
        raise UserError("\n".join(found))
    _looked_at.add(tree.state_tracker)


def meetings(components: Sequence[ChainComponent]) -> Iterator[str]:
    """A sentence for each set of components that meet, by the first name that they share."""
    claimed: defaultdict[str, dict[int, Claim]] = defaultdict(dict)
    for number, component in enumerate(components):
        for claim in component.claims():
            claimed[claim.what].setdefault(number, claim)
    said: set[tuple[int, ...]] = set()
    for what, claims in claimed.items():
        meeting = tuple(claims)
        if len(meeting) > 1 and meeting not in said:
            said.add(meeting)
            yield _said(what, [(components[number].place, claim) for number, claim in claims.items()])


def _said(what: str, claims: Sequence[tuple[str, Claim]]) -> str:
    who = " and ".join(f"{claim.owner} ({place})" for place, claim in claims)
    remedies = " or ".join(dict.fromkeys(claim.remedy for _, claim in claims))
    return f"Names meet: {who} would {'both' if len(claims) == 2 else 'all'} be {what}. In one of them {remedies}."


def _names(table: TableSpec) -> Iterator[str]:
    yield _catalog(table.database, table.view)
    yield _catalog(table.database, table.catalog_table)
    # No database is in these: a name serves one chain of the project, whichever database it is in.
    yield f"asset {table.files_key.to_user_string()} (a name serves one chain, also in another database)"
    yield f"job {table.job_name}"
    yield f"the files below {output_prefix(load_settings(), table.snapshots_folder, table.prefix)}/"


def _catalog(database: str, name: str) -> str:
    return f"{database}.{name} in the Data Catalog"


def _claim(what: str, group: GroupSpec, member: TableSpec | None = None) -> Claim:
    owner = f"group {group.name}" if member is None else f"table {member.table_name} of group {group.name}"
    return Claim(what, owner, "set the group's `view_prefix` or `name`")


def _components(tree: ComponentTree) -> Sequence[ChainComponent]:
    return tree.get_all_components(of_type=ChainComponent)  # type: ignore[type-abstract]


_looked_at: WeakSet[Any] = WeakSet()
