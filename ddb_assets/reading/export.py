"""The items of a native export: gzip'd lines of DynamoDB-JSON, in S3 or on disk.

An export's own folder is read by its manifest, so that a file that is missing, damaged or not the export's is an error;
other places are read file by file, all that end in `.json.gz`.
Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, Protocol
from zlib import error as ZlibError  # noqa: N812

import orjson
from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_snapshot.absence import is_absent
from ddb_snapshot.capture.native_export import LONGEST_LINE
from ddb_snapshot.items import Item
from ddb_snapshot.storage import S3Path, read_if_there, sizes

_MANIFEST: Final = "manifest-files.json"
_SUFFIX: Final = ".json.gz"
_BLOCK_BYTES: Final = 1024 * 1024


class Place(Protocol):
    """Where files are: names are relative to it."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes | None: ...
    def open(self, name: str) -> BinaryIO: ...


@dataclass(frozen=True)
class ExportFile:
    """A data file as the export's manifest lists it: name below the export's folder, items, MD5 in base64."""

    name: str
    items: int
    md5: str


def export_items(connection: Connection, place: str) -> Iterator[Item]:
    """Every item of an export.

    Raises:
        UserError: there is no export, or it isn't whole; names the file.
    """
    found = _place(connection, place)
    files = _listed(found, place)
    if files is not None:
        for listed in files:
            yield from _listed_items(found, place, listed)
        return
    names = [name for name in found.names() if name.endswith(_SUFFIX)]
    if not names:
        raise UserError(
            f"{place} {_what_it_is(place)}: neither a file {_SUFFIX} nor a folder with {_MANIFEST} or files {_SUFFIX} "
            "in it. A native export's folder is <prefix>/AWSDynamoDB/<export id>/."
        )
    for name in names:
        with found.open(name) as file:
            yield from _items(file, place, name)


def export_files(connection: Connection, place: str) -> tuple[ExportFile, ...] | None:
    """The data files that the manifest of the export at `place` lists; None when there is no manifest, or not all of
    them are there any more.
    """
    found = _place(connection, place)
    files = _listed(found, place)
    return files if files is not None and {file.name for file in files} <= {*found.names()} else None


def file_items(connection: Connection, place: str, file: ExportFile) -> Iterator[Item]:
    """Every item of one of the `export_files`.

    Raises:
        UserError: it isn't as the manifest describes it; names it.
    """
    return _listed_items(_place(connection, place), place, file)


def _place(connection: Connection, place: str) -> Place:
    if place.startswith("s3://"):
        return _S3(connection.client("s3"), S3Path.parse(place.rstrip("/")))
    return _Disk(Path(place))


def _listed(found: Place, place: str) -> tuple[ExportFile, ...] | None:
    """What the manifest lists. A file's key is of the bucket that it was written to; it lies in `data/` beside it."""
    manifest = found.read(_MANIFEST)
    if manifest is None:
        return None
    return tuple(_listed_in(line, number, place) for number, line in enumerate(manifest.splitlines(), 1))


def _listed_in(line: bytes, number: int, place: str) -> ExportFile:
    try:
        entry = orjson.loads(line)
        name, items, md5 = entry["dataFileS3Key"], entry["itemCount"], entry["md5Checksum"]
        if isinstance(name, str) and isinstance(items, int) and isinstance(md5, str):
            return ExportFile(f"data/{name.rpartition('/')[2]}", items, md5)
        wrong = "its dataFileS3Key, itemCount or md5Checksum is of another type"
    except KeyError as error:
        wrong = f"it has no {error.args[0]}"
    except (ValueError, TypeError):
        wrong = f"it is {line[:40].decode(errors='replace')!r}, and no JSON object"
    raise UserError(
        f"{place}: {_MANIFEST}, line {number}, names no data file: {wrong}. It is not an export's list of files; each "
        "line of one is a JSON object. Copy the export's folder as AWS has written it."
    )


def _what_it_is(place: str) -> str:
    """What stands at a place that is no export's."""
    name = place.rstrip("/").rpartition("/")[2]
    if name in (_MANIFEST, "manifest-summary.json"):
        return f"is an export's manifest; name its folder, {place.rstrip('/').removesuffix(name).rstrip('/')}"
    if name.endswith((".json", ".ion", ".ion.gz", ".parquet", ".csv")):
        return f"is a {name.rpartition('.')[2] if not name.endswith('.ion.gz') else 'gzip Ion'} file, and no export"
    return "is no export"


def _listed_items(found: Place, place: str, listed: ExportFile) -> Iterator[Item]:
    with found.open(listed.name) as file:
        md5 = hashlib.md5(usedforsecurity=False)
        while block := file.read(_BLOCK_BYTES):
            md5.update(block)
        digest = b64encode(md5.digest()).decode()
        if digest != listed.md5:
            raise UserError(
                f"{place}: {listed.name} has MD5 {digest}, but {_MANIFEST} says {listed.md5}: copy it again."
            )
        file.seek(0)
        number = 0
        for item in _items(file, place, listed.name):
            number += 1
            if number > listed.items:
                raise UserError(f"{place}: {listed.name} has more than the {listed.items} items that {_MANIFEST} says.")
            yield item
    if number != listed.items:
        raise UserError(f"{place}: {listed.name} has {number} items, but {_MANIFEST} says {listed.items}.")


def _items(file: BinaryIO, place: str, name: str) -> Iterator[Item]:
    number = 0
    try:
        with gzip.open(file) as lines:
            for number, line in enumerate(iter(partial(lines.readline, LONGEST_LINE + 1), b""), 1):
                if len(line) > LONGEST_LINE:
                    raise UserError(
                        f"{place}: line {number} of {name} has more than {LONGEST_LINE:,} bytes; no item is as long."
                    )
                parsed = orjson.loads(line)
                if "Item" not in parsed:
                    raise UserError(
                        f"{place}: line {number} of {name} has no Item. An incremental export holds changes, not a "
                        "whole table: compare with a full export."
                    )
                yield parsed["Item"]
    except (EOFError, OSError, ZlibError, ValueError, TypeError) as error:
        raise UserError(f"{place}: {name}, after line {number}, is not gzip'd DynamoDB-JSON: {error}") from error


@dataclass(frozen=True)
class _S3:
    s3: Any
    folder: S3Path

    def names(self) -> list[str]:
        if self.folder.key.endswith(_SUFFIX):
            return [""]
        below = sizes(self.s3, S3Path(self.folder.bucket, f"{self.folder.key}/" if self.folder.key else ""))
        return sorted(key.removeprefix(self.folder.key).lstrip("/") for key in below)

    def read(self, name: str) -> bytes | None:
        return read_if_there(self.s3, self.folder / name)

    def open(self, name: str) -> BinaryIO:
        path = self.folder / name if name else self.folder
        file: BinaryIO = TemporaryFile(prefix="ddb-verify-")  # noqa: SIM115  # the caller closes it
        try:
            self.s3.download_fileobj(path.bucket, path.key, file)
        except ClientError as error:
            file.close()
            # Says which permission is missing, where that is the reason.
            is_absent(self.s3, path, error)
            raise UserError(f"{path} can't be read: {error}") from error
        file.seek(0)
        return file


@dataclass(frozen=True)
class _Disk:
    folder: Path

    def names(self) -> list[str]:
        if self.folder.is_file():
            return [self.folder.name]
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))

    def read(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def open(self, name: str) -> BinaryIO:
        path = self.folder if self.folder.is_file() else self.folder / name
        try:
            return path.open("rb")
        except OSError as error:
            raise UserError(f"{path} can't be read: {error.strerror}") from error
