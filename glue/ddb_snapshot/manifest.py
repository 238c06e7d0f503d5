"""`_manifest.json`: what a finished attempt holds. It is written last; an attempt without one does not exist."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeAlias

from ddb_snapshot import storage
from ddb_snapshot.columns import Column
from ddb_snapshot.source_identity import Record, arn_of_table
from ddb_snapshot.storage import S3Path
from ddb_snapshot.types import hive_type

VERSION: Final = 1
NAME: Final = "_manifest.json"

JsonText: TypeAlias = str | bytes
"""What a manifest is read from. Inside `Manifest` the word `bytes` is a field."""


class ManifestMissing(LookupError):
    """There is no finished attempt at a location."""

    def __init__(self, location: str) -> None:
        super().__init__(f"No {NAME} at {location}: no attempt has finished there.")


class ManifestUnreadable(ValueError):
    """There is a manifest that this version can't read."""


@dataclass(frozen=True)
class DataFile:
    """One data file: its path below the attempt's folder, its rows, its size in bytes."""

    path: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class ExportRead:
    """A native export that was read. Instants are ISO 8601, UTC: those of its manifest, which may differ from those
    that were asked for by up to a minute. `from_time` is that of an incremental export.
    """

    location: str
    arn: str
    export_type: str
    from_time: str | None
    export_time: str
    items: int
    billed_bytes: int


@dataclass(frozen=True)
class Capture:
    """How the items were obtained. Instants are ISO 8601, UTC; rates are read capacity units a second.

    `item_bytes` is the size of the DynamoDB-JSON that was read. `previous` is the attempt that the changes of an
    incremental capture were merged with: `upserts` items written, `deletes` gone.

    The items are as the table had them between `read_from` and `read_to`: of a scan the first request and the last
    answer, of an export its own instant, twice. Manifests of earlier versions don't say.
    """

    method: str
    started_at: str
    finished_at: str
    items: int
    item_bytes: int
    segments: int = 0
    consumed_rcu: float = 0.0
    target_rcu: float = 0.0
    capacity_rcu: float = 0.0
    capacity_source: str = ""
    read_percentage: float = 0.0
    retries: int = 0
    throttles: int = 0
    exports: tuple[ExportRead, ...] = ()
    previous: str | None = None
    upserts: int = 0
    deletes: int = 0
    read_from: str | None = None
    read_to: str | None = None

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Capture":
        """The facts that `asdict` gave."""
        return cls(**{**written, "exports": tuple(ExportRead(**read) for read in written.get("exports", ()))})


@dataclass(frozen=True)
class Rewritten:
    """That the rows were not captured but taken from another attempt: which one, in what format, and when (UTC)."""

    from_attempt: str
    from_format: str
    at: str


@dataclass(frozen=True)
class Manifest:
    """A finished attempt. `location` is its folder, with a slash at its end; `census` is the census's own JSON.

    `source` is the DynamoDB table's definition (`table_definition`) as it was when the job ran; empty in the manifests
    of earlier versions. So are `table_arn` and `table_id`, those of the table that the items are of, and `run_id`, that
    of the run that wrote the manifest, by which a writer knows its own.
    Of a rewritten attempt `capture` and `census` are those of the attempt that was captured.
    """

    table_name: str
    snapshot_timestamp: str
    attempt: str
    output_format: str
    location: str
    files: tuple[DataFile, ...]
    row_count: int
    bytes: int
    columns: tuple[Column, ...]
    capture: Capture
    census: Mapping[str, Any] = field(default_factory=dict)
    rewritten: Rewritten | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = ""
    table_arn: str = ""
    table_id: str = ""
    version: int = VERSION

    @property
    def record(self) -> Record:
        """Whose snapshot it is. Manifests of earlier versions tell the ARN only where exports were read, by theirs."""
        exports = self.capture.exports
        arn = self.table_arn or (arn_of_table(exports[0].arn) if exports else "")
        return Record(self.table_name, arn, self.table_id)

    def to_json(self) -> str:
        """The manifest's text."""
        columns = [
            {"Name": column.name, "Type": hive_type(column.type), "Parameters": column.parameters()}
            for column in self.columns
        ]
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        nested = {
            "files": [asdict(file) for file in self.files],
            "columns": columns,
            "capture": asdict(self.capture),
            "census": dict(self.census),
            "rewritten": asdict(self.rewritten) if self.rewritten else None,
            "source": dict(self.source),
        }
        return json.dumps({"version": self.version, **fields, **nested}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: JsonText) -> "Manifest":
        """Read `to_json`'s text again.

        Raises:
            ManifestUnreadable: the text is no manifest, or one of a later version.
        """
        try:
            fields = json.loads(text)
            if fields["version"] > VERSION:
                raise ManifestUnreadable(
                    f"Manifest version {fields['version']} is newer than {VERSION}: update ddb_snapshot."
                )
            return cls(
                **{
                    **fields,
                    "files": tuple(DataFile(**file) for file in fields["files"]),
                    "columns": tuple(Column.from_catalog(column) for column in fields["columns"]),
                    "capture": Capture.from_json(fields["capture"]),
                    "rewritten": Rewritten(**rewritten) if (rewritten := fields.get("rewritten")) else None,
                }
            )
        except (KeyError, TypeError) as error:
            raise ManifestUnreadable(f"Not a manifest: {type(error).__name__} {error}") from error
        except json.JSONDecodeError as error:
            raise ManifestUnreadable(f"Not a manifest: {error}") from error


def read(s3: Any, location: str) -> Manifest:
    """The manifest of the attempt at `location`, an s3:// folder.

    The attempt lies where its manifest was found, whatever that says of it: files are read, and deleted, below there.

    Raises:
        ManifestMissing: there is none.
        ManifestUnreadable: it can't be read.
    """
    path = S3Path.parse(location) / NAME
    text = storage.read_if_there(s3, path)
    if text is None:
        raise ManifestMissing(location)
    return replace(Manifest.from_json(text), location=str(path).removesuffix(NAME))


def write(s3: Any, manifest: Manifest) -> None:
    """Write the manifest, in one call, and only if there is none yet.

    Raises:
        storage.WriteRefused: there is another's.
    """
    path = S3Path.parse(manifest.location) / NAME
    storage.put_if(s3, path, manifest.to_json().encode(), ContentType="application/json")
