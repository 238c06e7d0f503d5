"""Local AWS seen from outside: start its process, find it, stop it.

One server for each state folder, which is the user's own unless `DDB_ASSETS_LOCAL_STATE` names another. The server
survives whoever started it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import filelock
import platformdirs
import psutil

from ddb_assets.local import clients, description, glue_versions, state
from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.description import Account
from ddb_assets.local.engine_choice import EMBEDDED, Choice
from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.state import LOCK

# A Trino takes the most of it, and minutes on a machine that is busy.
_START_SECONDS = 660.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Running:
    """A server that serves."""

    url: str
    pid: int
    access_key: AccessKey = field(repr=False)
    engine: str = EMBEDDED
    region: str = "us-east-1"


def state_folder() -> Path:
    """The folder that says where the server is, and holds its access key."""
    named = os.environ.get("DDB_ASSETS_LOCAL_STATE")
    return Path(named).absolute() if named else Path(platformdirs.user_state_dir("ddb-assets")) / "local"


def start(
    account: Account | Callable[[], Account] | None = None, port: int | None = None, engine: Choice | None = None
) -> Running:
    """The running server, started when there is none. Two callers at once get the same one.

    Args:
        account: what a server that is started now holds, or a function that describes it then. One that runs already
            keeps what it has. Default: nothing.
        port: a port of 127.0.0.1. Default: that of the running server, else a free one.
        engine: what answers Athena's queries. Default: that of the running server, else the embedded one.

    Raises:
        LocalAwsError: the server can't start (the port is in use), one is running at another port or with another
            engine than the named one, or the state folder can't be trusted.
    """
    folder = state.private_folder(state_folder())
    with filelock.FileLock(folder / "start.lock", timeout=2 * _START_SECONDS):
        running = status() or _awaited(folder)
        if running is None:
            described = account() if callable(account) else account or Account()
            running = _launch(folder, described, port, engine or Choice())
    if port and running.url.rpartition(":")[2] != str(port):
        raise LocalAwsError(f"Local AWS is running already, at {running.url}: stop it first to have it at port {port}.")
    if engine is not None and engine.name != running.engine:
        raise LocalAwsError(
            f"Local AWS is running already, at {running.url}, with the engine {running.engine}: stop it first to have "
            f"it with {engine.name}. What it holds is gone then."
        )
    return running


def status() -> Running | None:
    """The server that is running, or None. Raises `LocalAwsError` when what the state folder says can't be trusted."""
    written = state.read(state_folder())
    if written is None:
        return None
    try:
        process = psutil.Process(written.pid)
        # A process id is used again; the time of its creation tells whose it is.
        if process.create_time() == written.created and process.status() != psutil.STATUS_ZOMBIE:
            return Running(written.url, written.pid, written.access_key, written.engine, written.region)
    except psutil.NoSuchProcess:
        pass
    return None


def is_starting() -> bool:
    """Whether there is a server that doesn't serve yet: whoever has started it may have been ended meanwhile."""
    return status() is None and _held(state_folder())


def stop() -> bool:
    """End the server and its jobs, and wait until they have ended. False when none was running.

    One that is starting is ended when it has started.
    """
    running = status() or _awaited(state_folder())
    if running is None:
        return False
    try:
        process = psutil.Process(running.pid)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass
    return True


def environment(running: Running) -> dict[str, str]:
    """The environment variables with which any AWS SDK reaches the server."""
    return clients.environment(running.url, running.region, running.access_key)


def _awaited(folder: Path) -> Running | None:
    """The server that is starting, once it serves; None when there is none."""
    deadline = time.monotonic() + _START_SECONDS
    while _held(folder) and time.monotonic() < deadline:
        if (running := status()) is not None:
            return running
        time.sleep(_LOOK_SECONDS)
    return None


def _held(folder: Path) -> bool:
    """Whether a process has the lock of the folder's one server."""
    if not folder.is_dir():
        return False
    try:
        with filelock.FileLock(folder / LOCK, timeout=0):
            return False
    except filelock.Timeout:
        return True


def _launch(folder: Path, account: Account, port: int | None, engine: Choice) -> Running:
    # The server has read the description before it serves.
    with tempfile.TemporaryDirectory(dir=folder, prefix="account-") as described:
        file = description.write(Path(described), account)
        return _run_server(folder, ["--account", str(file), "--port", str(port or 0), *engine.arguments()])


def _run_server(folder: Path, arguments: Sequence[str]) -> Running:
    log = folder / "server.log"
    with log.open("w") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "ddb_assets.local", *arguments],
            cwd=folder,
            env={**os.environ, **glue_versions.for_the_server(os.environ), "DDB_ASSETS_LOCAL_STATE": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # It outlives the terminal and the process group that started it.
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        running = status()
        if running is not None and running.pid == child.pid:
            return running
        time.sleep(_LOOK_SECONDS)
    child.kill()
    said = log.read_text(errors="replace").strip().splitlines()
    reason = said[-1].removeprefix("Error: ") if said else f"it ended with status {child.wait()} and said nothing"
    raise LocalAwsError(f"Local AWS did not start: {reason} (all it said is in {log})")
