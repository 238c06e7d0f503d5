"""Dagster Pipes over S3. Only this module imports `dagster_pipes`, and only a job that Dagster started imports this.

Source: Dagster's API reference, "Dagster Pipes" (context and messages are passed as command-line arguments).
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

from dagster_pipes import (
    PipesContext,
    PipesMappingParamsLoader,
    PipesS3ContextLoader,
    PipesS3MessageWriter,
    PipesS3MessageWriterChannel,
    open_dagster_pipes,
)

from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

_INTERVAL_SECONDS: Final = 1.0


@contextmanager
def open_pipes(arguments: Mapping[str, str], run_id: str, s3: Any) -> Iterator[PipesContext]:
    """The Pipes session that `--dagster-pipes-context` and `--dagster-pipes-messages` describe.

    Messages go below the prefix into a folder of the run's own: two runs may have been given the same arguments.
    """
    variables = {name.upper().replace("-", "_"): value for name, value in arguments.items()}
    with open_dagster_pipes(
        params_loader=PipesMappingParamsLoader(variables),
        context_loader=_ContextLoader(client=s3),
        message_writer=_Writer(run_id, client=s3, interval=_INTERVAL_SECONDS),
    ) as pipes:
        yield pipes


class _ContextLoader(PipesS3ContextLoader):
    """Reads the context whole, where the original fails at a body that breaks off."""

    @contextmanager
    def load_context(self, params: Mapping[str, Any]) -> Iterator[Any]:
        yield json.loads(storage.read(self._client, S3Path(params["bucket"], params["key"])))


class _Writer(PipesS3MessageWriter):
    def __init__(self, run_id: str, *, client: Any, interval: float) -> None:
        super().__init__(client, interval=interval)
        self._run_id = run_id

    def make_channel(self, params: Mapping[str, Any]) -> "_Channel":
        folder = f"{params['key_prefix']}/{self._run_id}"
        return _Channel(self._client, params["bucket"], folder, interval=self.interval)


class _Channel(PipesS3MessageWriterChannel):
    """Uploads once a second, and at once at the end, where the original's loop sleeps one to two seconds more."""

    @contextmanager
    def buffered_upload_loop(self) -> Iterator[None]:
        closed = threading.Event()
        thread = threading.Thread(target=self._upload_until, args=(closed,), name="pipes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            closed.set()
            thread.join()
            self._upload()

    def _upload_until(self, closed: threading.Event) -> None:
        while not closed.wait(self._interval):
            self._upload()

    def _upload(self) -> None:
        messages = self.flush_messages()
        if messages:
            self.upload_messages_chunk(StringIO("\n".join(json.dumps(message) for message in messages)), self._counter)
            self._counter += 1
