"""`ddb-assets local …`: local AWS started, stopped, and asked after."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ddb_assets import local_aws
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
    with ERR.status("Starting local AWS" + (" and Trino" if engine == "trino" else "")):
        running = local_aws.start(port, engine, trino)
    by = "" if running.engine == "embedded" else f", with queries by {running.engine.title()}"
    say(f'Local AWS is at {running.url}{by}. For other programs: eval "$(ddb-assets local env)"')


@local.command()
def get_trino(
    folder: Annotated[Path | None, typer.Argument(help="Where to unpack it. Default: in the user's cache.")] = None,
) -> None:
    """Bring Trino and its Hive plugin by Maven, for `start --engine trino`: 450 MB, once."""
    with local_aws.errors_explained():
        from ddb_assets.local import trino_distribution as distribution

        place = (folder or distribution.default_folder()).absolute()
        with ERR.status(f"Bringing Trino {distribution.VERSION} by Maven"):
            brought = distribution.bring(place)
        say(f"Trino {distribution.VERSION} is {'in' if brought else 'already in'} {place}")
        say(f"It runs with {distribution.find_java()}")


@local.command()
def stop() -> None:
    """Stop local AWS and every job that it runs. What it holds is gone."""
    say("Local AWS stopped" if local_aws.stop() else "Local AWS was not running")


@local.command()
def status() -> None:
    """Say whether local AWS is running, and where. Exit status 1 when it isn't."""
    running = local_aws.status()
    if running is None and local_aws.is_starting():
        say("Local AWS is starting, and doesn't serve yet; wait for it with: ddb-assets local start")
        raise typer.Exit(1)
    if running is None:
        say("Local AWS is not running; start it with: ddb-assets local start")
        raise typer.Exit(1)
    say(f"Local AWS is at {running.url}, process {running.pid}, engine {running.engine}")


@local.command()
def env() -> None:
    """Print shell exports for the running local AWS, its access key among them: eval "$(ddb-assets local env)"."""
    running = local_aws.status()
    if running is None:
        raise UserError("Local AWS is not running; start it with: ddb-assets local start")
    for name, value in local_aws.environment(running).items():
        print(f"export {name}={shlex.quote(value)}")
