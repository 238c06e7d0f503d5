"""The command line, `ddb-assets`. Commands import what they need, so that each starts fast."""

import json
import sys
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ddb_assets.errors import UserError

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="DynamoDB tables as snapshots in S3, Glue and Athena."
)
local = typer.Typer(no_args_is_help=True, help="The embedded local AWS: one endpoint on 127.0.0.1.")
app.add_typer(local, name="local")

_out = Console()
_err = Console(stderr=True)


def main() -> None:
    """Run the command line; an error that a person can mend is printed as its message alone, with exit status 1."""
    warnings.filterwarnings("ignore", module=r"dagster\.")
    try:
        app()
    except UserError as error:
        _err.print(f"[bold red]Error:[/bold red] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)


@app.command()
def demo() -> None:
    """Export the original's Reviews table twice on a local AWS of its own, and query it."""
    from ddb_assets.demo import run_demo

    run_demo(_out)


@app.command()
def seed(
    history: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=35 * 24,
            metavar="HOURS",
            help="Give them a past of so many hours, so that backfills can be tried. Local AWS only.",
        ),
    ] = None,
) -> None:
    """Create the sample tables, where they are not there yet."""
    from ddb_assets.aws.connection import Connection
    from ddb_assets.samples import create, sample_tables

    client = Connection().client("dynamodb")
    if history is not None:
        _seed_past(client, history)
        return
    for table in sample_tables():
        with _err.status(f"Filling {table.name}"):
            created = create(client, table)
        _out.print(f"{table.name}: {f'created with {len(table.items)} items' if created else 'is already there'}")


def _seed_past(client: Any, hours: int) -> None:
    from ddb_assets.local.past import create_with_past, earliest, refuse_other_than_local
    from ddb_assets.samples import sample_tables

    refuse_other_than_local(client)
    now = datetime.now(UTC)
    begun = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
    for table in sample_tables():
        with _err.status(f"Writing {hours} hours of {table.name}"):
            created = create_with_past(client, table, begun, now)
        since = earliest(client, table.name)
        past = f"a past since {since:%Y-%m-%dT%H:%M:%SZ}" if since else "no past (local AWS forgets all when stopped)"
        _out.print(f"{table.name}: {'created with' if created else 'is already there, with'} {past}", soft_wrap=True)


@app.command()
def snapshot(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, as a defs.yaml names it.")],
    at: Annotated[
        str | None, typer.Option(help="Partition key, such as 2026-11-24T00:00. Default: the open one.")
    ] = None,
) -> None:
    """Run a table's whole chain for one partition."""
    from ddb_assets.code_location import find_chain
    from ddb_assets.run_job import recording_instance, run_job

    chain = find_chain(table, Path.cwd())
    key = at or chain.open_partition(datetime.now(UTC))
    with recording_instance() as instance:
        run_job(chain.job, key, instance)
    _out.print(f"{table}: snapshot {key} is published, and shown by view {chain.payload['view']}", soft_wrap=True)


@app.command()
def payload(table: Annotated[str, typer.Argument(help="The DynamoDB table, as a defs.yaml names it.")]) -> None:
    """Print the facts of a manual start: the input of `aws glue start-job-run --cli-input-json`."""
    from ddb_assets.code_location import find_chain

    print(json.dumps(find_chain(table, Path.cwd()).start_job_run(), indent=2))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement, in Athena's SQL.")],
    format: Annotated[str, typer.Option(help="table, csv or json")] = "table",
) -> None:
    """Run SQL through Athena and print its rows."""
    from ddb_assets.aws.athena import Athena
    from ddb_assets.aws.connection import Connection
    from ddb_assets.query_output import OUTPUT_FORMS, write_result

    if format not in OUTPUT_FORMS:
        raise UserError(f"--format {format}: not one of {', '.join(OUTPUT_FORMS)}")
    write_result(Athena(connection=Connection()).run(sql), format, _out)


@app.command()
def verify(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a second chain of it.")],
    at: Annotated[str | None, typer.Option(help="The snapshot, such as 2026-11-24T00:00. Default: the newest.")] = None,
    against: Annotated[
        str, typer.Option(help="`table`: the live table; else a native export: a file, a folder or an S3 prefix.")
    ] = "table",
    key: Annotated[list[str] | None, typer.Option(help="Key attribute, where the table is gone; repeat it.")] = None,
    database: Annotated[str | None, typer.Option(help="Data Catalog database. Default: the settings'.")] = None,
    read_percentage: Annotated[float, typer.Option(min=0.1, max=1.0, help="Share of the read capacity.")] = 0.25,
    show: Annotated[int, typer.Option(min=0, help="List at most so many differences; all are counted.")] = 20,
) -> None:
    """Prove a snapshot lossless: compare its items with their source, one by one. Exit status 1 on differences."""
    from ddb_assets import verify as proving

    with _err.status("Looking for the snapshot") as status:
        proof = proving.verify(
            table,
            at,
            against,
            keys=key or (),
            database=database,
            read_percentage=read_percentage,
            listed=show,
            seen=lambda reading, items: status.update(f"Reading {escape(reading)}: {items:,} items"),
        )
    for difference in proof.comparison.differences:
        _out.print(str(difference), markup=False, highlight=False, soft_wrap=True)
    _out.print(proof.summary(), highlight=False, soft_wrap=True)
    if not proof.equal:
        _err.print(proof.advice(), highlight=False, soft_wrap=True)
        raise typer.Exit(1)


@app.command()
def rewrite(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, as a defs.yaml names it.")],
    format: Annotated[str, typer.Option(help="parquet, orc, avro, json or csv")],
) -> None:
    """Change the format of all published snapshots: new files, then one switch. Run again, it goes on."""
    from ddb_assets.code_location import find_chain
    from ddb_assets.rewrite.command import rewrite_chain

    for line in rewrite_chain(find_chain(table, Path.cwd()), format, _err):
        _out.print(escape(line), highlight=False, soft_wrap=True)


@local.command()
def start(port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1. Default: a free one.")] = None) -> None:
    """Start local AWS, or find the one that is running."""
    from ddb_assets.local import process

    with _err.status("Starting local AWS"):
        running = process.start(port)
    _out.print(f'Local AWS is at {running.url}. For other programs: eval "$(ddb-assets local env)"', soft_wrap=True)


@local.command()
def stop() -> None:
    """Stop local AWS and every job that it runs. What it holds is gone."""
    from ddb_assets.local import process

    _out.print("Local AWS stopped" if process.stop() else "Local AWS was not running")


@local.command()
def status() -> None:
    """Say whether local AWS is running, and where. Exit status 1 when it isn't."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        _out.print("Local AWS is not running; start it with: ddb-assets local start")
        raise typer.Exit(1)
    _out.print(f"Local AWS is at {running.url}, process {running.pid}", soft_wrap=True)


@local.command()
def env() -> None:
    """Print shell exports for the running local AWS: eval "$(ddb-assets local env)"."""
    from ddb_assets.local import process

    running = process.status()
    if running is None:
        raise UserError("Local AWS is not running; start it with: ddb-assets local start")
    for name, value in process.environment(running).items():
        print(f"export {name}={value}")
