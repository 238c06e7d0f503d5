"""What a Glue run says to the Dagster process that follows it: Dagster Pipes over S3.

    pipes/<table>/<attempt>/<random>/context.json   what Dagster tells the run
    pipes/<table>/<attempt>/<run id>/1.json …       what the run says, numbered

Each run writes into a folder of its own. Several processes may follow one run: whoever sees its end removes the
messages, so another one goes on with those that are there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader

from ddb_assets.aws.connection import Connection
from ddb_assets.settings import Settings
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path


def messages_folder(settings: Settings, table_name: str) -> S3Path:
    """The folder of all messages of a DynamoDB table's runs."""
    return _all_messages(settings) / f"{table_name}/"


def tables_at_work(connection: Connection) -> int:
    """How many tables have messages: those whose runs are waited for or followed, and what killed processes left.

    A process writes the first of its messages before its run is started.
    """
    return len(storage.folders(connection.client("s3"), _all_messages(connection.settings())))


def _all_messages(settings: Settings) -> S3Path:
    parts = [settings.prefix.strip("/"), "pipes"]
    return S3Path(settings.bucket, "/".join(part for part in parts if part) + "/")


class RunMessages(PipesS3MessageReader):  # type: ignore[misc]
    """Reads a run's messages once it is named by `follow`; removes them at the end.

    Polls about once a second (an interval of 0 leaves only Dagster's own pause between polls).
    """

    def __init__(self, bucket: str, key_prefix: str, client: Any) -> None:
        super().__init__(bucket=bucket, client=client, interval=0)
        self._key_prefix = key_prefix
        self._folder: S3Path | None = None

    def follow(self, run_id: str) -> None:
        """Read what this run says."""
        self._folder = S3Path(self.bucket, f"{self._key_prefix}/{run_id}/")

    def messages_are_readable(self, params: Any) -> bool:
        return self._folder is not None

    def download_messages_chunk(self, index: int, params: Any) -> str | None:
        assert self._folder is not None
        found = storage.read_if_there(self.client, self._folder / f"{index}.json")
        if found is None and (left := self._first_after(index)) is not None:
            # Another follower of the run has read and removed those before.
            self.counter = left
            found = storage.read_if_there(self.client, self._folder / f"{left}.json")
        return None if found is None else found.decode()

    def _first_after(self, index: int) -> int | None:
        assert self._folder is not None
        names = (key.rpartition("/")[2].removesuffix(".json") for key in storage.sizes(self.client, self._folder))
        return min((number for name in names if name.isdigit() and (number := int(name)) > index), default=None)

    @contextmanager
    def get_params(self) -> Iterator[dict[str, Any]]:
        yield {"bucket": self.bucket, "key_prefix": self._key_prefix, "include_stdio_in_messages": False}
        if self._folder is not None:
            storage.delete_below(self.client, self._folder)


@contextmanager
def following(
    context: dg.AssetExecutionContext, connection: Connection, table_name: str, attempt: str
) -> Iterator[tuple[Any, RunMessages]]:
    """A Pipes session for the runs of one attempt, and its reader."""
    settings, client = connection.settings(), connection.client("s3")
    key_prefix = (messages_folder(settings, table_name) / attempt).key
    reader = RunMessages(settings.bucket, key_prefix, client)
    with dg.open_pipes_session(
        context=context,
        context_injector=PipesS3ContextInjector(bucket=settings.bucket, client=client, key_prefix=f"{key_prefix}/"),
        message_reader=reader,
    ) as session:
        yield session, reader
