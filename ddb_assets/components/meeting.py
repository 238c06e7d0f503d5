"""Names that meet: two things of a project that would be one in the catalog, in S3 or in Dagster.

Each defs.yaml is built for itself, so none sees the others; Dagster would refuse the whole project by an asset's key
alone, and of two tables with one folder it would see nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from ddb_assets.aws.s3 import output_prefix
from ddb_assets.chain.group import GroupSpec
from ddb_assets.chain.keys import files_key
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import load_settings
from ddb_snapshot.names import fitting

# What defs.yaml takes of a `name`, and some room for what is put before and behind it.
_LONGEST_OFFERED = 50


@dataclass(frozen=True)
class Remedy:
    """Another name for what meets: the `key` to set, how that is `shown` around a name, and what it is called now.

    `other_ways` are keys that help as well. `names` are all the names that a chosen one would make.
    """

    key: str
    shown: str
    now: str
    names: Callable[[str], Iterable[str]]
    other_ways: str = ""

    def free(self, taken: Collection[str]) -> str:
        """The line that helps: with a name that makes none of those that are taken."""
        return self.line(self.free_name(taken))

    def free_name(self, taken: Collection[str]) -> str:
        """A name that makes none of those that are taken."""
        base = self.now if self.now[:1].isalpha() else f"t_{self.now}"
        offered = (f"{base[:_LONGEST_OFFERED]}_{number}" for number in count(2))
        return next(name for name in offered if not {*self.names(name)} & {*taken})

    def line(self, name: str) -> str:
        """The line that sets the name."""
        return self.shown.replace("…", name)


@dataclass(frozen=True)
class Claim:
    """A name that only one may have: `what` it names, for whom, and how `owner` gets another."""

    what: str
    owner: str
    remedy: Remedy


def table_claims(table: TableSpec) -> Sequence[Claim]:
    """The names of one table's chain."""

    def renamed(name: str) -> Iterable[str]:
        named = replace(table, name=name)
        return [*_names(named), _job(named)]

    remedy = Remedy("`name`", "`name: …`", table.view, renamed)
    owner = f"table {table.table_name} in database {table.database}"
    return [Claim(what, owner, remedy) for what in (*_names(table), _job(table))]


def group_claims(group: GroupSpec) -> Sequence[Claim]:
    """The names of a group: its own, and those of its members."""

    def renamed(name: str) -> Iterable[str]:
        return [_catalog(group.database, name), _job(replace(group.members[0], member_of=name))]

    remedy = Remedy("the group's `name`", "`name: …`", group.name, renamed)
    own = [Claim(what, f"group {group.name}", remedy) for what in renamed(group.name)]
    return [*own, *(claim for member in group.members for claim in _member_claims(group, member))]


def meetings(claims: Sequence[tuple[str, Sequence[Claim]]]) -> Iterator[str]:
    """A sentence for each set of things that meet, by the first name that they share.

    Each component's claims come with the place that it is defined at. Of two groups of one name nothing is said of
    their members, which another name of a group tells apart.
    """
    claimed: defaultdict[str, dict[tuple[int, str], Claim]] = defaultdict(dict)
    for number, (_, own) in enumerate(claims):
        for claim in own:
            claimed[claim.what].setdefault((number, claim.owner), claim)
    said: list[set[tuple[int, str]]] = []
    for what, met in claimed.items():
        if len(met) > 1 and not any(set(met) <= before for before in said):
            groups = {number for number, owner in met if owner.startswith("group ")}
            said.append(set(met))
            if len(groups) > 1:
                said.append({(number, claim.owner) for number in groups for claim in claims[number][1]})
            yield _said(what, [(claims[number][0], claim) for (number, _), claim in met.items()], set(claimed))


def _said(what: str, met: Sequence[tuple[str, Claim]], taken: set[str]) -> str:
    who = " and ".join(f"{claim.owner} ({place})" for place, claim in met)
    if len(met) > 2:
        keys = " or ".join(dict.fromkeys(claim.remedy.key for _, claim in met))
        offered = ", ".join(_offered([(place, claim.remedy) for place, claim in met[1:]], taken))
        return f"Names meet: {who} would all be {what}. In all but one of them set {keys}, such as {offered}."
    offers: defaultdict[str, dict[str, Remedy]] = defaultdict(dict)
    for _, claim in met:
        offers[claim.remedy.key].setdefault(claim.remedy.free(taken), claim.remedy)
    within = met[0][0] == met[1][0]
    remedies = " or ".join(_remedy(key, lines, within) for key, lines in offers.items())
    return f"Names meet: {who} would both be {what}. In one of them {remedies}."


def _remedy(key: str, lines: Mapping[str, Remedy], within: bool) -> str:
    """What to set. The ways that move a whole group don't help `within` one."""
    others = {} if within else {f" or {remedy.other_ways}": None for remedy in lines.values() if remedy.other_ways}
    return f"set {key} (such as {' or '.join(lines)}){''.join(others)}"


def _offered(remedies: Iterable[tuple[str, Remedy]], taken: set[str]) -> Iterator[str]:
    """A line for each, with its place; no two make one name."""
    for place, remedy in remedies:
        name = remedy.free_name(taken)
        taken = {*taken, *remedy.names(name)}
        yield f"{remedy.line(name)} ({place})"


def _member_claims(group: GroupSpec, member: TableSpec) -> Sequence[Claim]:
    def renamed(name: str) -> Iterable[str]:
        return _names(replace(member, name=fitting(f"{group.view_prefix}{name}")))

    now = member.view.removeprefix(group.view_prefix)
    shown = f"`names: {{{member.table_name}: …}}`"
    remedy = Remedy("the group's `names`", shown, now, renamed, "its `view_prefix`")
    owner = f"table {member.table_name} of group {group.name} in database {group.database}"
    return [Claim(what, owner, remedy) for what in _names(member)]


def _names(table: TableSpec) -> Iterator[str]:
    yield _catalog(table.database, table.view)
    yield _catalog(table.database, table.catalog_table)
    # No database is in these: a name serves one chain of the project, whichever database it is in.
    yield f"asset {files_key(table).to_user_string()} (a name serves one chain, also in another database)"
    yield f"the files below {output_prefix(load_settings(), table.snapshots_folder, table.prefix)}/"


def _job(table: TableSpec) -> str:
    return f"job {table.job_name}"


def _catalog(database: str, name: str) -> str:
    return f"{database}.{name} in the Data Catalog"
