"""What a Glue run says to the Dagster process that follows it: Dagster Pipes over S3.

    pipes/<table>/<attempt>/<random>/context.json   what Dagster tells the run
    pipes/<table>/<attempt>/<run id>/1.json …       what the run says, numbered

Each run writes into a folder of its own. Several processes may follow one run: whoever sees its end removes the
messages, so another one goes on with those that are there.

The context is there before the run is started, and is the claim of whoever starts it: it names the Dagster run and the
Glue job, and is written anew as long as the start is waited for. `sweep` goes by it where no run has the attempt.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import dagster as dg
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader

from ddb_assets.aws.connection import Connection
from ddb_assets.settings import Settings
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

CONTEXT: Final = "context.json"
"""The name of what Dagster tells a run."""

RENEWED_EVERY: Final = timedelta(hours=1)
"""How old a context gets while a start is waited for."""

_JOB: Final = "glue_job"
_REGION: Final = "glue_region"


@dataclass(frozen=True)
class Claim:
    """What a context says of whose it is: the Dagster run that wrote it, and the Glue job that it is for."""

    dagster_run: str
    job_name: str
    region: str


def read_claim(s3: Any, context: S3Path) -> Claim | None:
    """The claim of a context; None where it is gone, or has none: earlier versions wrote contexts without."""
    try:
        said = json.loads(storage.read_if_there(s3, context) or b"null")
        return Claim(said["run_id"], said["extras"][_JOB], said["extras"][_REGION])
    except (ValueError, KeyError, TypeError):
        return None


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


class RunContext(PipesS3ContextInjector):  # type: ignore[misc]
    """Writes the context, and again as long as a run may be started from it. Removes it at the end, but not after an
    error: a start whose answer was lost may have been made.
    """

    def __init__(self, bucket: str, key_prefix: str, client: Any, renewed_every: timedelta) -> None:
        super().__init__(bucket=bucket, client=client, key_prefix=key_prefix)
        self._renewed_every = renewed_every
        self._written = datetime.now(timezone.utc)
        self._object: Mapping[str, Any] = {}

    @contextmanager
    def inject_context(self, context: Any) -> Iterator[dict[str, Any]]:
        self._written = datetime.now(timezone.utc)
        with super().inject_context(context) as params:
            place = {"Bucket": params["bucket"], "Key": params["key"]}
            self._object = {**place, "Body": json.dumps(context).encode()}
            yield params

    def renew(self) -> None:
        """Before each try to start a run: no sweep takes the context away, and one that was taken is there again."""
        # By the clock of the calendar: a computer that sleeps stops the other one.
        if datetime.now(timezone.utc) - self._written >= self._renewed_every:
            self._written = datetime.now(timezone.utc)
            self.client.put_object(**self._object)


@dataclass(frozen=True)
class Following:
    """A Pipes session for the runs of one attempt."""

    session: Any
    context: RunContext
    messages: RunMessages


@contextmanager
def following(
    context: dg.AssetExecutionContext, connection: Connection, job_name: str, table_name: str, attempt: str
) -> Iterator[Following]:
    """Tell the runs of one attempt of a job what Dagster tells them, and read what they say."""
    settings, client = connection.settings(), connection.client("s3")
    key_prefix = (messages_folder(settings, table_name) / attempt).key
    injector = RunContext(settings.bucket, f"{key_prefix}/", client, RENEWED_EVERY)
    reader = RunMessages(settings.bucket, key_prefix, client)
    with dg.open_pipes_session(
        context=context,
        extras={_JOB: job_name, _REGION: connection.region},
        context_injector=injector,
        message_reader=reader,
    ) as session:
        yield Following(session, injector, reader)
