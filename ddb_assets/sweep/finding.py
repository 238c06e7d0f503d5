"""What a plan is made of: S3, Glue, the catalog and the journals asked. Reads only."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.aws.job_messages import Claim, read_claim
from ddb_assets.aws.job_runs import LONGEST_LIFE, JobRun, job_runs
from ddb_assets.aws.rewrite_journal import read_journal
from ddb_assets.catalog import Published
from ddb_assets.restore.journal import unfinished
from ddb_assets.sweep.ground import Ground
from ddb_assets.sweep.places import Place, Stored, places
from ddb_assets.sweep.plan import Facts, Finished, Grace, captured_as, may_go
from ddb_snapshot.manifest import Manifest, ManifestMissing, ManifestUnreadable, read
from ddb_snapshot.names import partition_folder
from ddb_snapshot.storage import S3Path

_PREVIOUS = "--previous"
_SCHEME = re.compile(r"^s3[an]?://", re.IGNORECASE)


def find_places(connection: Connection, ground: Ground, keys: Sequence[str] | None) -> list[Place]:
    """What lies below the table's folders; of its snapshots those with these keys, or all."""
    s3 = connection.client("s3")
    if keys is None:
        folders = list(ground.roots)
    else:
        roots = [ground.attempts, *((ground.crawled,) if ground.crawled else ())]
        snapshots = [root / f"{partition_folder(key)}/" for root in roots for key in keys]
        folders = [ground.attempts / "_staging/", ground.merged, ground.messages, *snapshots]
    return places(ground, (one for folder in folders for one in _stored(s3, folder)))


def find_facts(connection: Connection, ground: Ground, found: Sequence[Place], now: datetime, grace: Grace) -> Facts:
    """What is known of these places. Only about what the chain hasn't published, and may go, is more asked.

    Raises:
        UserError: there is no such Glue job, or a journal can't be read.
    """
    # Whatever may go is judged by all that is published, below; what isn't worth that question is found by few calls.
    looked_at = {key for place in found if (key := place.snapshot_timestamp) is not None}
    facts = _with_shown(Facts(now), load_catalog(connection).at(ground.database, ground.catalog_table, looked_at))
    old = [place for place in found if may_go(place, facts, grace)]
    if not old:
        return facts
    s3 = connection.client("s3")
    runs = _runs(connection, ground, min(place.written for place in old))
    owners = {str(place.location): tuple(_owners(ground, place, runs)) for place in old}
    keys = {place.snapshot_timestamp for place in old if place.finished}
    manifests = _manifests(s3, [place for place in found if place.snapshot_timestamp in keys])
    journal = read_journal(s3, str(ground.attempts).rstrip("/"))
    return replace(
        find_published(connection, ground, facts),
        owners=owners,
        claims=dict(_claims(connection, ground, [place for place in old if not owners[str(place.location)]])),
        finished={location: _finished(manifest) for location, manifest in manifests.items()},
        needed={**_previous(runs), **_restored(connection)},
        rewriting=journal.command() if journal else None,
    )


def find_published(connection: Connection, ground: Ground, facts: Facts) -> Facts:
    """The facts with all that the catalog points at by now, in any database."""
    shown = find_shown(connection, ground, facts)
    named, whole = _pointers(connection, ground)
    return replace(shown, published=shown.published | named, read_whole=whole)


def find_shown(connection: Connection, ground: Ground, facts: Facts) -> Facts:
    """The facts with what the chain's own table shows."""
    return _with_shown(facts, load_catalog(connection).snapshots(ground.database, ground.catalog_table))


def _with_shown(facts: Facts, snapshots: Iterable[Published]) -> Facts:
    own = tuple(snapshots)
    return replace(
        facts,
        published=_spelled(one.location for one in own),
        published_keys=frozenset(one.snapshot_timestamp for one in own),
        published_attempts=frozenset(filter(None, (one.parameters.get("ddb.attempt") for one in own))),
    )


def _stored(s3: Any, folder: S3Path) -> Iterator[Stored]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.key)
    for page in pages:
        for entry in page.get("Contents", ()):
            yield Stored(entry["Key"], entry["Size"], entry["LastModified"])


def _runs(connection: Connection, ground: Ground, oldest: datetime) -> list[JobRun]:
    """The runs that can have written since an instant."""
    return list(job_runs(connection.client("glue"), ground.job_name, oldest - LONGEST_LIFE))


def _owners(ground: Ground, place: Place, runs: Iterable[JobRun]) -> Iterator[JobRun]:
    """The runs that carry the place's name; runs of earlier versions had the attempt's name alone."""
    name = captured_as(place.name)
    for run in runs:
        if place.kind == "messages":
            if run.attempt == name and run.arguments.get("--table_name") == ground.table_name:
                yield run
        elif name in (run.folder, run.attempt) and _writes_below(run, ground):
            yield run


def _claims(
    connection: Connection, ground: Ground, nobodys: Iterable[Place]
) -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """Who wrote contexts that no run is known of. Left out are those for a job that Glue was not asked about."""
    for place in nobodys:
        claims = [read_claim(connection.client("s3"), context) for context in place.contexts]
        own = tuple(
            claim for claim in claims
            if claim and (claim.job_name, claim.region) == (ground.job_name, connection.region)
        )  # fmt: skip
        if own and len(own) == len(claims):
            yield str(place.location), own


def _writes_below(run: JobRun, ground: Ground) -> bool:
    prefix = S3Path.parse(run.arguments.get("--output_prefix", "")) / ""
    return prefix in (ground.attempts, ground.merged)


def _pointers(connection: Connection, ground: Ground) -> tuple[frozenset[str], frozenset[str]]:
    """Where tables and partitions of any database point to, and which of these places are read whole.

    A partition lies wherever it says, whatever the location of its table. Left out is what has nothing to do with the
    table's folders.
    """
    pointers = tuple(load_catalog(connection).pointers())
    named = _spelled(pointer.location for pointer in pointers)
    whole = _spelled(pointer.location for pointer in pointers if pointer.whole)
    roots = tuple(str(root) for root in ground.roots)
    return _near(named, roots), _near(whole, roots)


def _near(locations: Iterable[str], roots: tuple[str, ...]) -> frozenset[str]:
    """Those that lie below one of the folders, or that one of the folders lies below."""
    return frozenset(one for one in locations if one.startswith(roots) or any(root.startswith(one) for root in roots))


def _spelled(locations: Iterable[str]) -> frozenset[str]:
    """The places of tables or partitions, spelled as ours are; views have none."""
    return frozenset(_SCHEME.sub("s3://", location).rstrip("/") + "/" for location in locations if location)


def _manifests(s3: Any, found: Sequence[Place]) -> dict[str, Manifest]:
    read_ones: dict[str, Manifest] = {}
    for place in found:
        if place.finished and place.kind in ("attempt", "merged attempt"):
            try:
                read_ones[str(place.location)] = read(s3, str(place.location))
            except (ManifestMissing, ManifestUnreadable):
                continue
    return read_ones


def _finished(manifest: Manifest) -> Finished:
    rewritten = manifest.rewritten
    ended = rewritten.at if rewritten else manifest.capture.finished_at
    return Finished(manifest.output_format, ended, rewritten.from_attempt if rewritten else None)


def _previous(runs: Iterable[JobRun]) -> dict[str, str]:
    return {
        run.arguments[_PREVIOUS].rstrip("/") + "/": f"Glue run {run.id} merges changes into it"
        for run in runs
        if run.alive and _PREVIOUS in run.arguments
    }


def _restored(connection: Connection) -> dict[str, str]:
    return {
        journal.location: f"it is being restored into {journal.new_table}: `{journal.command()}`"
        for journal in unfinished(connection)
    }
