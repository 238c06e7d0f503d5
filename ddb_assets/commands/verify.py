"""`ddb-assets verify`: the proof of a snapshot, and what it says."""

from pathlib import Path

from ddb_assets.code_location import find_published_chain
from ddb_assets.commands.terminal import ERR, plain, say
from ddb_assets.verify import LIVE_TABLE, Proof, verify


def verify_snapshot(
    name: str,
    at: str | None,
    against: str,
    *,
    keys: list[str],
    database: str | None,
    read_percentage: float,
    listed: int,
    folder: Path,
) -> bool:
    """Compare the snapshot with its source, and say what was found. False where they differ.

    Raises:
        UserError: the snapshot, the table or the export isn't there or can't be read; names it.
    """
    chain = find_published_chain(name, folder)
    with ERR.status("Looking for the snapshot") as status:
        proof = verify(
            name,
            at,
            against,
            keys=keys,
            database=database,
            chain=chain,
            read_percentage=read_percentage,
            listed=listed,
            seen=lambda reading, items: status.update(plain(f"Reading {reading}: {items:,} items")),
        )
    for difference in proof.comparison.differences:
        say(str(difference))
    say(summary(proof))
    if not proof.equal:
        say(advice(proof), ERR)
    return proof.equal


def summary(proof: Proof) -> str:
    """One line: `Reviews at 2026-11-24T00:00: 2 items, all equal`."""
    found, named = proof.comparison, f"{proof.name} at {proof.snapshot_timestamp}"
    if proof.equal:
        return f"{named}: {found.actual:,} items, all equal"
    counts = {"missing": found.missing, "extra": found.extra, "different": found.different}
    differing = ", ".join(f"{number:,} {kind}" for kind, number in counts.items() if number)
    return f"{named}: {found.actual:,} items, of {found.expected:,} in the source: {differing}"


def advice(proof: Proof) -> str:
    """What differences may mean."""
    if proof.against == LIVE_TABLE:
        return (
            "The table was read as it is now: items written or deleted since the snapshot was taken are differences "
            "too. For a proof of a table in use compare with a native export: --against s3://bucket/prefix"
        )
    return "A native export is of one instant: only one taken at the snapshot's own instant must be equal to it."
