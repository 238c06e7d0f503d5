"""Where a native export's files may lie, whatever its manifests say: who can write a manifest must not choose what is
read, or deleted, in its name.

Source: Amazon DynamoDB developer guide, "DynamoDB table export output format": a full export's data is in
`AWSDynamoDB/<export id>/data/`, that of all incremental exports of a prefix in `AWSDynamoDB/data/`.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ddb_snapshot.storage import S3Path

FILES: Final = "manifest-files.json"

_ROOT: Final = "AWSDynamoDB/"
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)


@dataclass(frozen=True)
class ListedFile:
    """A data file as the list of an export's files has it: its place, items, MD5 in base64, and ETag if it says so."""

    path: S3Path
    items: int
    md5: str
    etag: str = ""


class KeyElsewhere(ValueError):
    """A manifest names a key outside of its export."""

    def __init__(self, key: object, folders: tuple[S3Path, ...]) -> None:
        super().__init__(
            f"it names {ascii(key)[:200]}, which is not a file in {' or '.join(map(str, folders))}, where the export's "
            "files lie"
        )


def data_folders(export: S3Path) -> tuple[S3Path, S3Path]:
    """Where the data of the export in that folder lies: if it is a full one, and if it is an incremental one."""
    parent = export.key.rstrip("/").rpartition("/")[0]
    shared = S3Path(export.bucket, f"{parent}/data/" if parent else "data/")
    return S3Path(export.bucket, export.key.rstrip("/") + "/data/"), shared


def listed_file(line: bytes, *folders: S3Path) -> ListedFile:
    """What a line of the list says of a data file, which lies in one of the folders.

    Raises:
        KeyElsewhere: it lies in none of them.
        KeyError, TypeError, ValueError: it is no line of such a list.
    """
    entry: Any = orjson.loads(line)
    return ListedFile(
        data_file(entry["dataFileS3Key"], *folders),
        int(entry["itemCount"]),
        str(entry["md5Checksum"]),
        str(entry.get("etag") or ""),
    )


def data_file(key: object, *folders: S3Path) -> S3Path:
    """The data file that a manifest names, in one of the folders.

    AWS's own manifests name their files now with the export's prefix, now without.

    Raises:
        KeyElsewhere: it is in none of them.
    """
    for folder in folders:
        _, root, below = f"/{folder.key}".rpartition(f"/{_ROOT}")
        for said in (folder.key, f"{_ROOT}{below}" if root else folder.key):
            if isinstance(key, str) and key.startswith(said) and _FILE_NAME.fullmatch(key.removeprefix(said)):
                return folder / key.removeprefix(said)
    raise KeyElsewhere(key, folders)


def require_list_of_files(key: object, export: S3Path) -> S3Path:
    """The manifest of the export's files, which the summary names.

    Raises:
        KeyElsewhere: it names another.
    """
    own = export / FILES
    if key != own.key and not (isinstance(key, str) and key.startswith(_ROOT) and own.key.endswith(f"/{key}")):
        raise KeyElsewhere(key, (export,))
    return own
