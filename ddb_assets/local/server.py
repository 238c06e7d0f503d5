"""The process that is local AWS: moto's server with the parts that really execute, on 127.0.0.1, until it is idle."""

import json
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

from ddb_assets.errors import UserError
from ddb_assets.local import account, athena, copies, crawlers, dynamodb, glue_runs, point_in_time
from ddb_assets.local.clients import client

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.5


def serve(state: Path, port: int, idle_seconds: float, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or `idle_seconds` without a request or a job; `ready` is told the address.

    `state` is the folder whose `server.json` says where the server is while it serves. Port 0 is any free one.

    Raises:
        UserError: another server has this state folder, or the port is in use.
    """
    _forget_callers_aws()
    with _only_server(state), _bound(port) as listening:
        activity = _Activity(DomainDispatcherApplication(create_backend_app))
        server = make_server(
            _HOST, 0, activity, threaded=True, request_handler=MotoRequestHandler, fd=listening.fileno()
        )
        url = f"http://{_HOST}:{listening.getsockname()[1]}"
        for part in (glue_runs, crawlers, athena, point_in_time):
            part.install(lambda: url)
        dynamodb.install()
        copies.install()
        ended = _on_signals()
        with _serving(server):
            account.set_up(partial(client, url=url, region=account.REGION))
            _write_state(state, url)
            try:
                ready(url)
                while not ended.wait(_LOOK_SECONDS):
                    if activity.idle_for() > idle_seconds and not glue_runs.any_alive(_jobs()):
                        break
            finally:
                (state / "server.json").unlink(missing_ok=True)
                glue_runs.stop_all(_jobs())


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
def _only_server(state: Path) -> Iterator[None]:
    state.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(state / "server.lock", timeout=0)
    try:
        with lock:
            yield
    except filelock.Timeout:
        raise UserError(
            f"Local AWS is running already ({state}): `ddb-assets local status` says where, `ddb-assets local stop` "
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
            raise UserError(
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


def _write_state(state: Path, url: str) -> None:
    process = psutil.Process()
    text = json.dumps({"url": url, "pid": process.pid, "created": process.create_time()})
    unfinished = state / "server.json.new"
    unfinished.write_text(text)
    unfinished.replace(state / "server.json")


def _jobs() -> list[FakeJob]:
    regions = [region for backends in glue_backends.values() for region in backends.values()]
    return [job for region in regions for job in region.jobs.values()]
