"""`python -m ddb_assets.local`: local AWS in the foreground."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ddb_assets.local import description
from ddb_assets.local.engine_choice import EMBEDDED, Choice
from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.process import state_folder

_IDLE_HOURS = 3.0
_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@_app.command()
def main(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 is any free one.")] = 0,
    idle_hours: Annotated[
        float, typer.Option(help="End after so many hours without a request or a job.")
    ] = _IDLE_HOURS,
    engine: Annotated[str, typer.Option(help="What answers Athena's queries: embedded or trino.")] = EMBEDDED,
    account: Annotated[
        Path | None, typer.Option(help="A file that describes what the account holds. Default: nothing.")
    ] = None,
    trino: Annotated[str | None, typer.Option(help="A folder that has a Trino, or the URL of one that runs.")] = None,
) -> None:
    """Serve local AWS until it is stopped or idle."""
    # Late, since moto takes a second to import.
    from ddb_assets.local.server import serve

    try:
        choice = Choice(engine, trino)
        described = description.read(account) if account else None
        serve(
            state_folder(),
            port,
            idle_hours * 3600,
            lambda url: print(f"Local AWS is at {url}", flush=True),
            choice,
            described,
        )
    except LocalAwsError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    _app()
