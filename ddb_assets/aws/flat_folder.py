"""A partition's folder as a crawler reads it: files directly in it, all of one attempt, the manifest written last.

The attempt itself lies outside the crawled path and stays as it is; its files are copied inside S3.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from boto3.s3.transfer import TransferConfig

from ddb_assets.aws.source import OtherSource
from ddb_snapshot import manifest as manifests
from ddb_snapshot import storage
from ddb_snapshot.manifest import DataFile, Manifest, ManifestMissing
from ddb_snapshot.source_identity import OWN_PREFIX, Source
from ddb_snapshot.storage import S3Path

_MIB: Final = 1024 * 1024
# CopyObject copies at most 5 GB; above this a copy is made in parts.
_TRANSFER: Final = TransferConfig(multipart_threshold=1024 * _MIB, multipart_chunksize=256 * _MIB)
# boto3's pool of connections holds ten.
_THREADS: Final = 4


def copy_flat(s3: Any, attempt: Manifest, folder: str) -> Manifest:
    """Make `folder` hold the attempt's files and no others; the manifest of the folder.

    The files carry the attempt's name, so those of two attempts never overwrite each other. Cut off anywhere, the
    folder has no manifest, and so holds no finished snapshot; running it again goes on. When the folder holds the
    attempt already, nothing is done.

    Raises:
        OtherSource: the folder holds another table's snapshot.
    """
    place = S3Path.parse(folder)
    flat = replace(attempt, location=folder, files=tuple(_renamed(attempt, file) for file in attempt.files))
    there_before = _manifest(s3, place)
    if there_before is not None:
        record, own = there_before.record, attempt.record
        if own.arn and not record.is_of(Source(own.arn)):
            raise OtherSource(f"What lies in {folder}", record, Source(own.arn), OWN_PREFIX)
        if _holds(s3, place, flat, there_before):
            return flat
    s3.delete_object(Bucket=place.bucket, Key=(place / manifests.NAME).key)
    source, there = S3Path.parse(attempt.location), storage.sizes(s3, place)

    def copy(files: tuple[DataFile, DataFile]) -> None:
        before, after = files
        if there.get((place / after.path).key) != after.bytes:
            address = {"Bucket": source.bucket, "Key": (source / before.path).key}
            s3.copy(address, place.bucket, (place / after.path).key, Config=_TRANSFER)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="copy") as threads:
        list(threads.map(copy, zip(attempt.files, flat.files, strict=True)))
    wanted = {(place / file.path).key for file in flat.files}
    storage.delete(s3, place.bucket, [key for key in storage.sizes(s3, place) if key not in wanted])
    storage.put(s3, place / manifests.NAME, flat.to_json().encode(), ContentType="application/json")
    return flat


def unfinished_folders(s3: Any, location: str) -> tuple[str, ...]:
    """The names of the folders directly in `location` whose files are still being copied: they have no manifest."""
    place = S3Path.parse(location)
    found: dict[str, bool] = {}
    for key in storage.sizes(s3, place):
        folder, slash, file = key.removeprefix(place.key).partition("/")
        if slash:
            found[folder] = found.get(folder, False) or file == manifests.NAME
    return tuple(folder for folder, finished in found.items() if not finished)


def _renamed(attempt: Manifest, file: DataFile) -> DataFile:
    return replace(file, path=f"{attempt.attempt}-{file.path}")


def _manifest(s3: Any, place: S3Path) -> Manifest | None:
    try:
        return manifests.read(s3, str(place))
    except ManifestMissing:
        return None


def _holds(s3: Any, place: S3Path, flat: Manifest, found: Manifest) -> bool:
    sizes = dict(storage.sizes(s3, place))
    sizes.pop((place / manifests.NAME).key, None)
    return found.attempt == flat.attempt and sizes == {(place / file.path).key: file.bytes for file in flat.files}
