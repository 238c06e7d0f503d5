"""A Trino of our own: started on a free port of 127.0.0.1, for who has its token, and ended with who started it."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.trino import client, distribution, keeper, token
from ddb_assets.local.trino.client import Address

_HOST = "127.0.0.1"
# Half a minute, but for a machine that is busy with much else.
_START_SECONDS = 600.0
_LOOK_SECONDS = 0.2
_END_SECONDS = 30.0
# Without the second compiler it starts in half the time, and a statement over a few rows is never compiled twice.
_JVM = (
    "-Xmx2G", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8",
    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
)  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[Address]:
    """The Trino of that folder, from when it takes statements until the block ends.

    Raises:
        LocalAwsError: the folder has none, there is no Java for it, or it did not start; then with what it said.
    """
    if not distribution.is_there(folder):
        raise LocalAwsError(
            f"{folder} has no Trino with its Hive plugin: get it with `ddb-assets local get-trino`, or name the folder "
            "of one with --trino."
        )
    java = distribution.find_java()
    with tempfile.TemporaryDirectory(prefix="ddb-assets-trino-", ignore_cleanup_errors=True) as data:
        port, secret = _free_port(), token.new_secret()
        options = _configure(Path(data), folder, port, secret)
        log = Path(data) / "server.log"
        with log.open("wb") as output:
            process = _launch([str(java), *options], Path(data), output)
        try:
            address = Address(f"http://{_HOST}:{port}", token.signed(secret))
            _wait_until_it_answers(process, address, log)
            yield address
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_HOST, 0))
        port: int = free.getsockname()[1]
        return port


def _configure(data: Path, folder: Path, port: int, secret: str) -> list[str]:
    """Write `etc` into the data folder, which nobody but this user may look into; the command line's options."""
    etc = data / "etc"
    etc.mkdir()
    (etc / "jwt.key").write_text(secret)
    settings = {
        "node.environment": "local",
        "node.id": "local",
        "node.bind-ip": _HOST,
        "node.internal-address": _HOST,
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "discovery.uri": f"http://{_HOST}:{port}",
        "plugin.dir": str(folder / "plugin"),
        "catalog.management": "dynamic",
        "catalog.store": "memory",
        "web-ui.enabled": "false",
        "http-server.http.port": str(port),
        "http-server.process-forwarded": "true",
        "http-server.authentication.type": "JWT",
        "http-server.authentication.jwt.key-file": str(etc / "jwt.key"),
        "internal-communication.shared-secret": secrets.token_hex(32),
    }
    _write_properties(etc / "config.properties", settings)
    _write_properties(etc / "log.properties", {"io.trino": "WARN", "io.airlift": "WARN"})
    return [
        *_JVM,
        f"-Dconfig={etc / 'config.properties'}",
        f"-Dlog.levels-file={etc / 'log.properties'}",
        "-cp",
        str(folder / "lib" / "*"),
        "io.trino.server.TrinoServer",
    ]


def _write_properties(file: Path, properties: dict[str, str]) -> None:
    escaped = {name: value.replace("\\", "\\\\") for name, value in properties.items()}
    file.write_text("".join(f"{name}={value}\n" for name, value in escaped.items()))


def _launch(command: list[str], data: Path, output: IO[bytes]) -> "subprocess.Popen[bytes]":
    # AWS's variables of whoever starts it are none of its business: the catalog names local AWS and its key.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JAVA_TOOL_"))}
    return subprocess.Popen(
        [sys.executable, keeper.__file__, *command],
        cwd=data,
        env=inherited,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", address: Address, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not (client.answers(address) and _has_a_worker(address)):
        if process.poll() is not None or time.monotonic() > deadline:
            ended = "ended" if process.poll() is not None else f"did not answer within {_START_SECONDS:.0f} s"
            said = log.read_text(errors="replace").strip().splitlines()
            errors = [line for line in said if "ERROR" in line or line.startswith(("1)", "Error"))]
            reason = (errors or said or ["it said nothing"])[-1]
            raise LocalAwsError(f"Trino {ended} when it was started: {reason}")
        time.sleep(_LOOK_SECONDS)


def _has_a_worker(address: Address) -> bool:
    """Whether it has found itself as a worker; before that, queries fail."""
    try:
        return bool(client.run(address, "SELECT 1 FROM system.runtime.nodes WHERE state = 'active'").rows)
    except (client.Failed, client.Unreachable):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
