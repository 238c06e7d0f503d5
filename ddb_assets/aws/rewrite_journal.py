"""`_rewrite.json`: a change of format that is being published. Written before the switch, removed after it.

While it is there, the catalog's table and its partitions may be in two formats. A second run of the rewriting completes
the switch that the journal describes, and the chain publishes nothing.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from ddb_assets.errors import UserError
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

NAME: Final = "_rewrite.json"
VERSION: Final = 1


@dataclass(frozen=True)
class Step:
    """One partition's part of the switch: from the attempt at `source` to the one at `target`."""

    snapshot_timestamp: str
    source: str
    target: str
    rows: int
    source_bytes: int


@dataclass(frozen=True)
class Journal:
    """A switch: the table's format before and after it, and what becomes of each partition, oldest first.

    `id` is that of the rewriting which wrote it; empty in the journals of earlier versions.
    """

    table_name: str
    database: str
    catalog_table: str
    before: str
    after: str
    steps: tuple[Step, ...]
    started_at: str
    id: str = ""
    version: int = VERSION

    def command(self) -> str:
        """What finishes the switch."""
        return f"ddb-assets rewrite {self.table_name} --format {self.after}"


def read_journal(s3: Any, output_prefix: str) -> Journal | None:
    """The journal of the table whose snapshots lie below `output_prefix`, or None when no switch is under way.

    Raises:
        UserError: there is one that this version can't read.
    """
    path = _path(output_prefix)
    text = storage.read_if_there(s3, path)
    if text is None:
        return None
    try:
        fields = json.loads(text)
        if fields["version"] > VERSION:
            raise UserError(f"{path} is of version {fields['version']}, newer than {VERSION}: update ddb-assets.")
        return Journal(**{**fields, "steps": tuple(Step(**step) for step in fields["steps"])})
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} is not a rewriting's journal ({type(error).__name__} {error}): restore it from the bucket's "
            "versions, or remove it once the catalog's table and partitions are in one format."
        ) from error


def write_journal(s3: Any, output_prefix: str, journal: Journal) -> bool:
    """Write the journal, in one call; False when another run has written one meanwhile."""
    text = json.dumps(asdict(journal), ensure_ascii=False, indent=1).encode()
    try:
        storage.put_if(s3, _path(output_prefix), text, ContentType="application/json")
    except storage.WriteRefused:
        return False
    return True


def remove_journal(s3: Any, output_prefix: str, journal: Journal) -> None:
    """The switch has ended. Another's journal, which came after it, stays."""
    path = _path(output_prefix)
    if read_journal(s3, output_prefix) == journal:
        s3.delete_object(Bucket=path.bucket, Key=path.key)


def refuse_during_switch(s3: Any, output_prefix: str) -> None:
    """Raises `UserError` while the table's format is being switched; names the command that finishes it."""
    journal = read_journal(s3, output_prefix)
    if journal is not None:
        raise UserError(
            f"{journal.database}.{journal.catalog_table} is being switched from {journal.before} to {journal.after} "
            f"since {journal.started_at} ({_path(output_prefix)}), so nothing is published now. If no rewriting is "
            f"running, finish the switch with `{journal.command()}`; then run this again."
        )


def _path(output_prefix: str) -> S3Path:
    return S3Path.parse(output_prefix) / NAME
