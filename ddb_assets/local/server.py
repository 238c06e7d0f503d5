"""The process that is local AWS: moto's server with the parts that really execute, on 127.0.0.1, until it is idle."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import filelock
import psutil
from moto.glue.models import FakeJob, glue_backends
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from ddb_assets.local import (
    access_key,
    account,
    athena,
    column_statistics,
    copies,
    crawlers,
    data_catalog,
    dynamodb,
    engines,
    glue_runs,
    partition_filters,
    point_in_time,
    spark_jvms,
    state,
    unknown_calls,
)
from ddb_assets.local.clients import client
from ddb_assets.local.description import Account
from ddb_assets.local.engine_choice import Choice
from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.gate import Gate

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.5


def serve(
    folder: Path,
    port: int,
    idle_seconds: float,
    ready: Callable[[str], None],
    choice: Choice | None = None,
    described: Account | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `idle_seconds` without a request or a job; `ready` is told the address.

    `folder` holds the server's state while it serves: where it is, and its access key. Port 0 is any free one.
    `choice` names the engine of Athena's queries, which is the embedded one when it is left out. `described` is what
    the account holds from the start.

    Raises:
        LocalAwsError: another server has this state folder, the folder can't be trusted, the port is in use, or the
            engine can't be had.
    """
    choice, described = choice or Choice(), described or Account()
    _forget_callers_aws()
    with _only_server(state.private_folder(folder)), _bound(port) as listening:
        bound = listening.getsockname()[1]
        url = f"http://{_HOST}:{bound}"
        activity = _Activity(unknown_calls.answered(DomainDispatcherApplication(create_backend_app)))
        gate = Gate(activity, bound, access_key.own())
        server = make_server(_HOST, 0, gate, threaded=True, request_handler=MotoRequestHandler, fd=listening.fileno())
        for part in (glue_runs, crawlers, point_in_time):
            part.install(lambda: url)
        dynamodb.install()
        column_statistics.install()
        copies.install()
        data_catalog.install()
        partition_filters.install()
        ended = _on_signals()
        with _serving(server), engines.engine(choice, url, described.region, access_key.own()) as engine:
            athena.install(lambda: url, engine)
            account.set_up(partial(client, url=url, region=described.region), described)
            process = psutil.Process()
            written = state.ServerState(
                url, access_key.own(), process.pid, process.create_time(), choice.name, described.region
            )
            state.write(folder, written)
            try:
                ready(url)
                while not ended.wait(_LOOK_SECONDS):
                    if activity.idle_for() > idle_seconds and not glue_runs.any_alive(_jobs()):
                        break
                    spark_jvms.shared.end_unused()
            finally:
                state.remove(folder)
                glue_runs.stop_all(_jobs())
                spark_jvms.shared.end_unused(0)


class _Activity:
    """The server's application, and when it was last used."""

    def __init__(self, application: Callable[[Any, Any], Iterable[bytes]]) -> None:
        self._application = application
        self._last = time.monotonic()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self._last = time.monotonic()
        return self._application(environ, start_response)

    def idle_for(self) -> float:
        """Seconds since the last request."""
        return time.monotonic() - self._last


def _forget_callers_aws() -> None:
    """What reaches AWS from the shell that started this must not decide anything here."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


@contextmanager
def _only_server(folder: Path) -> Iterator[None]:
    # Who looks whether there is one has the lock for a moment.
    lock = filelock.FileLock(folder / state.LOCK, timeout=1)
    try:
        with lock:
            yield
    except filelock.Timeout:
        raise LocalAwsError(
            f"Local AWS is running already ({folder}): `ddb-assets local status` says where, `ddb-assets local stop` "
            "ends it."
        ) from None


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HOST, port))
            listening.listen(128)
        except OSError as error:
            raise LocalAwsError(
                f"Port {port} on {_HOST} can't be used ({error.strerror}): name another with --port, or leave it out "
                "for a free one."
            ) from None
        yield listening


@contextmanager
def _serving(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _on_signals() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended


def _jobs() -> list[FakeJob]:
    regions = [region for backends in glue_backends.values() for region in backends.values()]
    return [job for region in regions for job in region.jobs.values()]
