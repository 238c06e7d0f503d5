"""A native export as its manifest describes it: checked, and never by listing.

Files that a failed export or another one has left beside would be listed too; the manifest is written last and names
what belongs together, with a checksum for each file.
Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
from isal import igzip

from ddb_snapshot import storage, thresholds
from ddb_snapshot.absence import Forbidden, is_absent
from ddb_snapshot.capture.export_keys import KeyElsewhere, data_folders, listed_file, require_list_of_files
from ddb_snapshot.manifest import ExportRead
from ddb_snapshot.names import iso_instant
from ddb_snapshot.source_identity import Source, arn_of_table
from ddb_snapshot.storage import S3Path

SUMMARY: Final = "manifest-summary.json"
FULL: Final = "FULL_EXPORT"
INCREMENTAL: Final = "INCREMENTAL_EXPORT"

INSTANT_TOLERANCE: Final = timedelta(minutes=1)
"""By how much an export's instant may be off. Source: DynamoDB API reference, "ExportTableToPointInTime"."""

LONGEST_LINE: Final = 2 * 64 * 400 * 1024
"""Bytes of the longest line that is believed: an endless one must not fill the memory.

An item has at most 400 KB, names and binary values included (Amazon DynamoDB developer guide, "Quotas", item size). As
DynamoDB-JSON it is longer: a control character of a text becomes six bytes (`\\u0000`), and what grows most is a number
such as 1E-130 in a list: three bytes of an item become about 140, fewer than 64 for each. A record of an incremental
export may hold the item twice, as it was and as it is.
"""

# The guide names the first, exports are seen to have the second.
_CHECKSUMS: Final = (".checksum", ".md5")
_HASHED_BYTES: Final = 1024 * 1024


class ExportDamaged(ValueError):
    """A native export that isn't whole: names the file, and the folder to delete so that none takes it up again.

    The folder is that of the export's manifests: the data files of all incremental exports lie in one.
    """

    def __init__(self, path: object, reason: str, export: object) -> None:
        super().__init__(
            f"{path}: {reason}. Nothing was published. Delete {export} and materialize the partition again: the table "
            "is exported anew."
        )


class WrongExport(ValueError):
    """A native export that isn't the one that was asked for."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(f"{location}: {reason}. Nothing was published; name the table's own export of that instant.")


@dataclass(frozen=True)
class ExportFile:
    """One data file: its place, items, MD5 of its bytes in base64, and the folder of its export's manifests."""

    path: S3Path
    items: int
    md5: str
    export: S3Path


@dataclass(frozen=True)
class NativeExport:
    """A whole export: its facts, its data files, and the ARN and TableId of the table that it is of."""

    facts: ExportRead
    files: tuple[ExportFile, ...]
    table_arn: str
    table_id: str = ""

    @property
    def source(self) -> Source:
        """The table that the items are of: it may have been deleted since, and another made under its name."""
        return Source(self.table_arn, self.table_id)

    def require(self, source: Source, export_type: str) -> None:
        """Raises WrongExport unless the export is of that table and type."""
        if self.facts.export_type != export_type:
            raise WrongExport(self.facts.location, f"it is a {self.facts.export_type}, not a {export_type}")
        if self.table_arn != source.arn:
            raise WrongExport(self.facts.location, f"it is of {self.table_arn}, not of {source.arn}")

    def require_instant(self, instant: datetime) -> None:
        """Raises WrongExport unless the export's instant is `instant`, give or take a minute."""
        actual = iso_instant(self.facts.export_time)
        if abs(actual - instant) > INSTANT_TOLERANCE:
            raise WrongExport(
                self.facts.location,
                f"it is of {self.facts.export_time}, more than a minute from the snapshot's {instant:%Y-%m-%dT%H:%M}Z",
            )


def read_export(s3: Any, folder: S3Path) -> NativeExport:
    """The export whose manifests lie in `folder`.

    Raises:
        ExportDamaged: there is no manifest (the export hasn't finished), one doesn't agree with its checksum, or the
            files' counts don't add up to the export's.
    """
    summary = _checked(s3, folder / SUMMARY, folder)
    export_type = summary.get("exportType", FULL)
    try:
        files_path = require_list_of_files(summary["manifestFilesS3Key"], folder)
        items = int(summary["itemCount"])
    except (KeyError, TypeError, ValueError) as error:
        raise _no_manifest(folder / SUMMARY, error, folder) from error
    files = _listed_files(_checked_bytes(s3, files_path, folder), files_path, folder, export_type)
    if sum(file.items for file in files) != items:
        raise ExportDamaged(
            files_path, f"its files have {sum(file.items for file in files):,} items, {SUMMARY} says {items:,}", folder
        )
    if summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise WrongExport(str(folder), f"it is in {summary['outputFormat']}; only DYNAMODB_JSON can be read")
    facts = ExportRead(
        location=str(folder),
        arn=summary["exportArn"],
        export_type=export_type,
        from_time=_instant(summary, "exportFromTime"),
        export_time=_instant(summary, "exportTime") or _instant(summary, "exportToTime") or "",
        items=items,
        billed_bytes=int(summary.get("billedSizeBytes") or 0),
    )
    table_arn = summary.get("tableArn") or arn_of_table(facts.arn)
    return NativeExport(facts, files, table_arn, summary.get("tableId") or "")


def _listed_files(lines: bytes, path: S3Path, folder: S3Path, export_type: str) -> tuple[ExportFile, ...]:
    """The data files that the list at `path` names, each once and each where such an export's files lie."""
    place = data_folders(folder)[export_type == INCREMENTAL]
    files: dict[S3Path, ExportFile] = {}
    for line in lines.splitlines():
        try:
            listed = listed_file(line, place)
            file = ExportFile(listed.path, listed.items, listed.md5, folder)
        except (KeyError, TypeError, ValueError) as error:
            raise _no_manifest(path, error, folder) from error
        if file.items < 0:
            raise ExportDamaged(path, f"it counts {file.items} items in {file.path}", folder)
        if file.path in files:
            raise ExportDamaged(path, f"it names {file.path} twice", folder)
        files[file.path] = file
    return tuple(files.values())


def _no_manifest(path: S3Path, error: Exception, export: S3Path) -> ExportDamaged:
    if isinstance(error, KeyElsewhere):
        return ExportDamaged(path, str(error), export)
    said = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return ExportDamaged(path, f"it is not a native export's manifest ({said})", export)


def file_blocks(s3: Any, file: ExportFile, disk: Path) -> Iterator[bytes]:
    """The file's lines, about `block_bytes` of them at a time. The file lies on `disk` meanwhile, compressed.

    Memory and disk don't grow with what the file unpacks to: its lines are counted and measured as they come.

    Raises:
        ExportDamaged: the file is missing, has another MD5 than the manifest says, is cut off, has more lines than the
            manifest counts items, or a line longer than `LONGEST_LINE`.
    """
    local = disk / "export.json.gz"
    try:
        storage.download(s3, file.path, local)
    except s3.exceptions.ClientError as error:
        if not is_absent(s3, file.path, error):
            raise
        raise ExportDamaged(file.path, "the manifest names this file, but it isn't there", file.export) from None
    try:
        with local.open("rb") as stored:
            _require_md5(file, stored)
        if not local.stat().st_size:
            return
        seen = 0
        with igzip.open(local, "rb") as lines:
            for block in _whole_lines(lines, file):
                seen += block.count(b"\n")
                if seen > file.items:
                    raise ExportDamaged(
                        file.path,
                        f"it has more lines than the {file.items:,} items of its export's manifest",
                        file.export,
                    )
                yield block
    except (EOFError, igzip.BadGzipFile, OSError) as error:
        raise ExportDamaged(file.path, f"it is not whole gzip ({error})", file.export) from error
    finally:
        local.unlink()


def bundles(files: Sequence[ExportFile], count: int) -> list[tuple[ExportFile, ...]]:
    """The files, in their order, in at most so many bundles of about as many items: what one task reads.

    Empty files go along, to be checked too.
    """
    items, before = sum(file.items for file in files), 0
    found: dict[int, list[ExportFile]] = {}
    for file in files:
        middle = before + file.items / 2
        found.setdefault(min(count - 1, int(middle * count / max(1, items))), []).append(file)
        before += file.items
    return [tuple(bundle) for bundle in found.values()]


def _whole_lines(lines: BinaryIO, file: ExportFile) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    while block := lines.read(thresholds.now().block_bytes):
        first, cut = block.find(b"\n"), block.rfind(b"\n") + 1
        if size + (first if cut else len(block)) > LONGEST_LINE:
            raise ExportDamaged(
                file.path,
                f"it has a line of more than {LONGEST_LINE:,} bytes; no item of DynamoDB is as long",
                file.export,
            )
        if not cut:
            waiting.append(block)
            size += len(block)
            continue
        yield b"".join([*waiting, block[:cut]])
        waiting, size = [block[cut:]], len(block) - cut
    if rest := b"".join(waiting):
        yield rest


def _require_md5(file: ExportFile, stored: BinaryIO) -> None:
    found = hashlib.md5(usedforsecurity=False)
    while block := stored.read(_HASHED_BYTES):
        found.update(block)
    digest = b64encode(found.digest()).decode()
    if digest != file.md5:
        raise ExportDamaged(file.path, f"its MD5 is {digest}, the manifest says {file.md5}", file.export)


def _checked(s3: Any, path: S3Path, export: S3Path) -> Mapping[str, Any]:
    try:
        found = orjson.loads(_checked_bytes(s3, path, export))
    except ValueError as error:
        raise ExportDamaged(path, f"it is not JSON ({error})", export) from error
    if not isinstance(found, dict):
        raise ExportDamaged(path, "it is not a native export's manifest", export)
    return found


def _checked_bytes(s3: Any, path: S3Path, export: S3Path) -> bytes:
    """A manifest's bytes, compared with the checksum that lies beside it."""
    text = storage.read_if_there(s3, path)
    if text is None:
        raise ExportDamaged(path, "it isn't there: the export has not finished, or its files were removed", export)
    digest = b64encode(hashlib.md5(text, usedforsecurity=False).digest()).decode()
    said = _checksum(s3, path)
    if said is not None and said != digest:
        raise ExportDamaged(path, f"its MD5 is {digest}, its checksum file says {said}", export)
    return text


def _checksum(s3: Any, path: S3Path) -> str | None:
    """What the checksum file beside a manifest says. Of its two names one is never there, which may not be told."""
    hidden: Forbidden | None = None
    for ending in _CHECKSUMS:
        try:
            found = storage.read_if_there(s3, S3Path(path.bucket, path.key.removesuffix(".json") + ending))
        except Forbidden as error:
            hidden = error
        else:
            if found is not None:
                return found.decode().strip()
    if hidden is not None:
        raise hidden
    return None


def _instant(summary: Mapping[str, Any], name: str) -> str | None:
    """An instant to the second, which is what AWS honours of it, whatever else a manifest may write."""
    if not summary.get(name):
        return None
    instant = iso_instant(summary[name])
    return (
        (instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))
        .astimezone(timezone.utc)
        .isoformat(timespec="seconds")
    )
