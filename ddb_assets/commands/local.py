"""`ddb-assets local …`: local AWS started, stopped, and asked after."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ddb_assets.commands.terminal import ERR, say
from ddb_assets.errors import UserError

local = typer.Typer(no_args_is_help=True, help="The embedded local AWS: one endpoint on 127.0.0.1.")


@local.command()
def start(
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1. Default: a free one.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="What answers Athena's queries: embedded, or trino (a real one). Default: embedded."),
    ] = None,
    trino: Annotated[
        str | None,
        typer.Option(metavar="FOLDER|URL", help="Where that Trino is. Default: the folder that `get-trino` fills."),
    ] = None,
) -> None:
    """Start local AWS, or find the one that is running."""
    from ddb_assets.local import process
    from ddb_assets.local.engine_choice import EMBEDDED, Choice

    choice = Choice(engine or EMBEDDED, trino) if engine or trino else None
    with ERR.status("Starting local AWS" + (" and Trino" if engine == "trino" else "")):
        running = process.start(port, choice)
    by = "" if running.engine == EMBEDDED else f", with queries by {running.engine.title()}"
    say(f'Local AWS is at {running.url}{by}. For other programs: eval "$(ddb-assets local env)"')


@local.command()
def get_trino(
    folder: Annotated[Path | None, typer.Argument(help="Where to unpack it. Default: in the user's cache.")] = None,
) -> None:
    """Bring Trino and its Hive plugin by Maven, for `start --engine trino`: 450 MB, once."""
    from ddb_assets.local.trino import distribution

    place = (folder or distribution.default_folder()).absolute()
    with ERR.status(f"Bringing Trino {distribution.VERSION} by Maven"):
        brought = distribution.bring(place)
    say(f"Trino {distribution.VERSION} is {'in' if brought else 'already in'} {place}")
    say(f"It runs with {distribution.find_java()}")


@local.command()
def stop() -> None:
    """Stop local AWS and every job that it runs. What it holds is gone."""
    from ddb_assets.local import process

    say("Local AWS stopped" if process.stop() else "Local AWS was not running")


@local.command()
def status() -> None:
    """Say whether local AWS is running, and where. Exit status 1 when it isn't."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        say("Local AWS is not running; start it with: ddb-assets local start")
        raise typer.Exit(1)
    say(f"Local AWS is at {running.url}, process {running.pid}, engine {running.engine}")


@local.command()
def env() -> None:
    """Print shell exports for the running local AWS, its access key among them: eval "$(ddb-assets local env)"."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        raise UserError("Local AWS is not running; start it with: ddb-assets local start")
    for name, value in process.environment(running).items():
        print(f"export {name}={shlex.quote(value)}")
