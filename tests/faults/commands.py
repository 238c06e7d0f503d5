"""`ddb-assets` as a process that starts at once: the fork of one that has imported everything, and can be killed.

`python -m tests.faults.commands` reads one request a line, and answers with the command's process id, then its status.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """A command's exit status, negative for a signal, and its standard error."""

    status: int
    said: str

    @property
    def last_line(self) -> str:
        return next((line.strip() for line in reversed(self.said.splitlines()) if line.strip()), "")


@dataclass
class Commands:
    """Runs commands, one after another, in one folder."""

    folder: Path
    _parent: "subprocess.Popen[str]"
    _running: int = 0

    def run(self, *arguments: str, endpoint: str) -> Ended:
        """Run `ddb-assets` with these arguments to its end; its AWS is at `endpoint`."""
        said = self.folder / "said.txt"
        environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint}
        asked = {"arguments": arguments, "folder": str(self.folder), "said": str(said), "environment": environment}
        self._send(asked)
        self._running = self._answer()
        return Ended(self._answer(), said.read_text())

    def kill(self) -> None:
        """Kill the command that runs now."""
        os.kill(self._running, SIGKILL)

    def _send(self, asked: object) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(asked) + "\n")
        self._parent.stdin.flush()

    def _answer(self) -> int:
        assert self._parent.stdout is not None
        return int(self._parent.stdout.readline())


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """Commands that are run in a folder."""
    parent = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Commands(folder, parent)
    finally:
        parent.kill()
        parent.wait()


def _serve() -> None:
    # What the command imports late, so that its forks have it.
    import dagster
    import typer

    del dagster, typer
    assert threading.active_count() == 1, "a fork would lack the other threads"
    for line in sys.stdin:
        asked = json.loads(line)
        process = os.fork()
        if process == 0:
            _be(asked["arguments"], asked["folder"], asked["said"], asked["environment"])
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def _be(arguments: Sequence[str], folder: str, said: str, environment: dict[str, str]) -> None:
    """The command itself; doesn't return."""
    status = 1
    try:
        opened = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor, target in ((nothing, 0), (nothing, 1), (opened, 2)):
            os.dup2(descriptor, target)
        os.chdir(folder)
        sys.path.insert(0, folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["ddb-assets", *arguments]
        from ddb_assets import cli

        try:
            cli.main()
            status = 0
        except SystemExit as ending:
            status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
