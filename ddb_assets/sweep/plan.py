"""What may be removed, and why; what stays, and why. Pure: facts in, decisions out.

Nothing is removed by its age alone. It must have an owner, a run of the Glue job whose id it carries and which has
ended; and nothing may need it. What is finished is a snapshot: it stays longer.

A context is there before its run is: its owner is the Dagster run that it names. Whoever waits for the start writes it
anew each hour, and each start has an attempt of its own. So once the grace time is over and Glue knows no run of the
attempt, none can begin any more. A StartJobRun that is still on its way counts for minutes: AWS refuses a request that
was signed longer ago. Source: IAM user guide, "AWS Signature Version 4 for API requests".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ddb_assets.aws.job_messages import Claim
from ddb_assets.aws.job_runs import JobRun
from ddb_assets.sweep.places import Place

# What `rewrite.attempts` appends to the name of the attempt that it rewrites.
_REWRITING: Final = re.compile(r"-[a-z]+-rw_[0-9a-f]+")


@dataclass(frozen=True)
class Grace:
    """How long after it was last written a thing stays in any case; `finished` is that of finished attempts."""

    unfinished: timedelta = timedelta(hours=24)
    finished: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Finished:
    """What the manifest of a finished attempt says: its format, when it ended (ISO 8601, UTC), what it was made of."""

    output_format: str
    finished_at: str
    rewritten_from: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is known beside the places themselves. Locations are s3:// folders with a slash at their ends.

    `published` are the locations of partitions and tables of any database; `read_whole` are those below which all is
    read, of partitions and of tables without partitions. `published_keys` are the snapshots that the chain's own table
    has, `published_attempts` the attempts that its partitions name. `owners` are the runs of the Glue
    job that left a place, by its location; `claims` is who wrote contexts of that job's runs, all of a place's, where
    no run is known. `needed` says why locations must stay.
    """

    now: datetime
    owners: Mapping[str, Sequence[JobRun]] = field(default_factory=dict)
    claims: Mapping[str, Sequence[Claim]] = field(default_factory=dict)
    published: frozenset[str] = frozenset()
    read_whole: frozenset[str] = frozenset()
    published_keys: frozenset[str] = frozenset()
    published_attempts: frozenset[str] = frozenset()
    finished: Mapping[str, Finished] = field(default_factory=dict)
    needed: Mapping[str, str] = field(default_factory=dict)
    rewriting: str | None = None
    """The command that finishes a change of format, while one is under way."""


@dataclass(frozen=True)
class Decision:
    """What becomes of a place, and why."""

    place: Place
    remove: bool
    reason: str


def plan(found: Sequence[Place], facts: Facts, grace: Grace = Grace()) -> list[Decision]:
    """A decision for each place."""
    return [Decision(place, *_judged(place, found, facts, grace)) for place in found]


def captured_as(name: str) -> str:
    """The attempt that a rewritten attempt was captured as, by its name; another's name is its own."""
    return _REWRITING.sub("", name)


def may_go(place: Place, facts: Facts, grace: Grace) -> bool:
    """Whether a thing is worth asking about: its grace time is over, and the chain has not published it."""
    return place.kind != "unknown" and not is_published(place, facts) and _is_old(place, facts, grace)


def is_published(place: Place, facts: Facts) -> bool:
    """Whether the catalog names the attempt, or points at the place, into it, or above it where all is read."""
    location = str(place.location)
    if (place.kind == "attempt" and place.name in facts.published_attempts) or location in facts.published:
        return True
    below = any(pointer.startswith(location) for pointer in facts.published)
    return below or any(_is_read_from(pointer, location) for pointer in facts.read_whole)


def _is_read_from(pointer: str, location: str) -> bool:
    """Whether who reads all below a place sees another: readers skip folders whose names begin with `_` or `.`."""
    folders = location.removeprefix(pointer).split("/")
    return location.startswith(pointer) and not any(folder.startswith(("_", ".")) for folder in folders)


def _is_old(place: Place, facts: Facts, grace: Grace) -> bool:
    return facts.now - place.written >= (grace.finished if place.finished else grace.unfinished)


def _judged(place: Place, found: Sequence[Place], facts: Facts, grace: Grace) -> tuple[bool, str]:
    location = str(place.location)
    if place.kind == "unknown":
        return False, "no run of ddb-assets leaves such a thing here: its owner can't be told"
    if is_published(place, facts):
        return False, "published"
    if location in facts.needed:
        return False, facts.needed[location]
    if not _is_old(place, facts, grace):
        hours = (grace.finished if place.finished else grace.unfinished) / timedelta(hours=1)
        return False, f"written less than {hours:g} hours ago"
    if place.kind == "copy":
        return _copy(place)
    owners = facts.owners.get(location, ())
    if not owners and (claims := facts.claims.get(location)):
        starters = ", ".join(sorted({claim.dagster_run for claim in claims}))
        return True, f"context of Dagster run {starters}, which has started no Glue run"
    if not owners:
        return False, "its owner can't be told: no run of the Glue job is known by this name"
    if alive := next((run for run in owners if run.alive), None):
        return False, f"Glue run {alive.id} is {alive.state}"
    if place.finished:
        return _finished(place, found, facts)
    what = {"staging": "drafts", "messages": "messages"}.get(place.kind, "an unfinished attempt")
    if captured_as(place.name) != place.name:
        return True, f"{what} of a change of format that was cut off"
    return True, f"{what} of {', '.join(f'Glue run {run.id}, which ended {run.state}' for run in owners)}"


def _copy(place: Place) -> tuple[bool, str]:
    if place.finished:
        return False, "a whole copy for the crawler, which no partition shows: publish its snapshot again, or drop it"
    return True, "a copy for the crawler that was cut off"


def _finished(place: Place, found: Sequence[Place], facts: Facts) -> tuple[bool, str]:
    said = facts.finished.get(str(place.location))
    if said is None:
        return False, "its manifest can't be read"
    if place.kind == "merged attempt":
        return True, "it was merged to be compared with a full export"
    if facts.rewriting is not None:
        return False, f"a change of format is under way: finish it with `{facts.rewriting}`"
    beside = [
        one for one in found
        if one.kind == "attempt" and one.finished and one.snapshot_timestamp == place.snapshot_timestamp
    ]  # fmt: skip
    if rewritten := _rewritten_as(place, beside, facts):
        return False, f"it was rewritten as {rewritten}: it is the history in its former format"
    key = place.snapshot_timestamp or ""
    if key in facts.published_keys:
        return True, f"finished at {said.finished_at}, and another attempt at {key} is published"
    same = [one for one in beside if _format(one, facts) == said.output_format]
    newest = max(same, key=lambda one: facts.finished[str(one.location)].finished_at, default=None)
    # An increment is merged into the newest attempt of the snapshot before, published or not.
    if newest == place and key > max(facts.published_keys, default=""):
        return False, f"the newest attempt at {key}, which is not published: the chain goes on from it"
    return True, f"finished at {said.finished_at} and never published; the chain has gone on without it"


def _rewritten_as(place: Place, beside: Sequence[Place], facts: Facts) -> str | None:
    """The published attempt that was made of this one, by one change of format or several."""
    made = {one.name: facts.finished.get(str(one.location)) for one in beside}
    for one in beside:
        if str(one.location) not in facts.published:
            continue
        source, seen = one.name, {one.name}
        while (said := made.get(source)) and said.rewritten_from and said.rewritten_from not in seen:
            source = said.rewritten_from
            seen.add(source)
            if source == place.name:
                return one.name
    return None


def _format(place: Place, facts: Facts) -> str | None:
    said = facts.finished.get(str(place.location))
    return said.output_format if said else None
