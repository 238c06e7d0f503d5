"""Where one table's runs leave things, told by the facts of a manual start (`ddb-assets payload`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ddb_assets.aws.job_messages import messages_folder
from ddb_assets.settings import Settings
from ddb_snapshot.storage import S3Path


@dataclass(frozen=True)
class Ground:
    """`attempts` is the folder of the snapshots' attempts, `crawled` the one that a crawler looks at, if one does.

    Folders have a slash at their ends.
    """

    table_name: str
    database: str
    catalog_table: str
    job_name: str
    attempts: S3Path
    crawled: S3Path | None
    messages: S3Path

    @classmethod
    def of(cls, payload: Mapping[str, Any], settings: Settings) -> "Ground":
        """From a chain's payload."""
        attempts = S3Path.parse(payload["--output_prefix"]) / ""
        folder, _, last = attempts.key.rstrip("/").rpartition("/")
        catalog_table = payload["--catalog_table"]
        beside = S3Path(attempts.bucket, f"{folder}/{catalog_table}/".lstrip("/"))
        return cls(
            table_name=payload["--table_name"],
            database=payload["--database"],
            catalog_table=catalog_table,
            job_name=payload["JobName"],
            attempts=attempts,
            crawled=None if last == catalog_table else beside,
            messages=messages_folder(settings, payload["--table_name"]),
        )

    @property
    def merged(self) -> S3Path:
        """Where attempts lie that a full export is compared with (`chain.merged`)."""
        return self.attempts / "_merged/"

    @property
    def roots(self) -> tuple[S3Path, ...]:
        """The folders that are looked through."""
        return (self.attempts, self.messages, *((self.crawled,) if self.crawled else ()))
