"""The command line's part that is about local AWS, `ddb-assets local …`."""

import shlex
from typing import Annotated

import typer
from rich.console import Console

from ddb_assets.errors import UserError
from ddb_assets.terminal import plain

local = typer.Typer(no_args_is_help=True, help="The embedded local AWS: one endpoint on 127.0.0.1.")

_out = Console()
_err = Console(stderr=True)


@local.command()
def start(port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1. Default: a free one.")] = None) -> None:
    """Start local AWS, or find the one that is running."""
    from ddb_assets.local import process

    with _err.status("Starting local AWS"):
        running = process.start(port)
    _say(f'Local AWS is at {running.url}. For other programs: eval "$(ddb-assets local env)"')


@local.command()
def stop() -> None:
    """Stop local AWS and every job that it runs. What it holds is gone."""
    from ddb_assets.local import process

    _say("Local AWS stopped" if process.stop() else "Local AWS was not running")


@local.command()
def status() -> None:
    """Say whether local AWS is running, and where. Exit status 1 when it isn't."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        _say("Local AWS is not running; start it with: ddb-assets local start")
        raise typer.Exit(1)
    _say(f"Local AWS is at {running.url}, process {running.pid}")


@local.command()
def env() -> None:
    """Print shell exports for the running local AWS, its access key among them: eval "$(ddb-assets local env)"."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        raise UserError("Local AWS is not running; start it with: ddb-assets local start")
    for name, value in process.environment(running).items():
        print(f"export {name}={shlex.quote(value)}")


def _say(text: str, console: Console = _out) -> None:
    """A line for a person: as text, whatever names and values it holds."""
    console.print(plain(text), soft_wrap=True)
