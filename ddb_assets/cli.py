"""The command line, `ddb-assets`. Commands import what they need, so that each starts fast."""

import json
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ddb_assets.ending import ending_clearly
from ddb_assets.errors import UserError
from ddb_assets.local_commands import local
from ddb_assets.terminal import plain

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="DynamoDB tables as snapshots in S3, Glue and Athena."
)
app.add_typer(local, name="local")

_out = Console()
_err = Console(stderr=True)


def main() -> None:
    """Run the command line; the last line of standard error is why a command could not do what it was asked."""
    warnings.filterwarnings("ignore", module=r"dagster\.")
    with ending_clearly(_err):
        app()


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
        with _err.status(plain(f"Filling {table.name}")):
            created = create(client, table)
        _say(f"{table.name}: {f'created with {len(table.items)} items' if created else 'is already there'}")


def _seed_past(client: Any, hours: int) -> None:
    from ddb_assets.sample_past import create_with_past, earliest, refuse_other_than_local
    from ddb_assets.samples import sample_tables

    refuse_other_than_local(client)
    now = datetime.now(timezone.utc)
    begun = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
    for table in sample_tables():
        with _err.status(plain(f"Writing {hours} hours of {table.name}")):
            created = create_with_past(client, table, begun, now)
        since = earliest(client, table.name)
        past = f"a past since {since:%Y-%m-%dT%H:%M:%SZ}" if since else "no past (local AWS forgets all when stopped)"
        _say(f"{table.name}: {'created with' if created else 'is already there, with'} {past}")


@app.command()
def snapshot(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, the `name` of a chain, or a group of tables.")],
    at: Annotated[
        str | None, typer.Option(help="Partition key, such as 2026-11-24T00:00. Default: the open one.")
    ] = None,
) -> None:
    """Run a table's whole chain, or a group's, for one partition."""
    from ddb_assets.code_location import find_runnable
    from ddb_assets.run_job import recording_instance, run_job

    found = find_runnable(table, Path.cwd())
    key = at or found.open_partition(datetime.now(timezone.utc))
    with recording_instance() as instance:
        run_job(found.job, key, instance)
    views = ", ".join(found.views)
    shown = f"shown by view {views}" if at is None else f"view {views} shows the newest"
    _say(f"{table}: snapshot {key} is published, and {shown}")


@app.command()
def plan(
    table: Annotated[
        str, typer.Argument(help="The DynamoDB table, or the `name` of a chain; it needs no defs.yaml for this.")
    ],
    at: Annotated[
        str | None, typer.Option(help="Partition key, such as 2026-11-24T00:00. Default: the open one.")
    ] = None,
    format: Annotated[str, typer.Option(help="table or json")] = "table",
) -> None:
    """Say how a snapshot would be captured, and what each method would take and cost. Changes nothing."""
    from ddb_assets.plan_command import plan_table
    from ddb_assets.plan_output import PLAN_FORMS, write_plan

    if format not in PLAN_FORMS:
        raise UserError(f"--format {format}: not one of {', '.join(PLAN_FORMS)}")
    with _err.status("Asking AWS about the table"):
        planned = plan_table(table, at, Path.cwd())
    write_plan(planned, format, _out)
    if not planned.ends_in_time:
        raise UserError(planned.refusal)


@app.command()
def payload(table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")]) -> None:
    """Print the facts of a manual start: the input of `aws glue start-job-run --cli-input-json`."""
    from ddb_assets.code_location import find_chain

    print(json.dumps(find_chain(table, Path.cwd()).start_job_run(), indent=2))


@app.command()
def upload_job(
    glue_version: Annotated[str | None, typer.Option(help="The job's version of AWS Glue. Default: 5.0.")] = None,
) -> None:
    """Put the Glue job's files into the bucket, and print what `aws glue create-job` is told of them."""
    from ddb_assets import job_package
    from ddb_assets.aws.connection import Connection

    connection, version = Connection(), glue_version or job_package.GLUE_VERSION
    job_package.require_glues_machine(version)
    uploaded = job_package.upload(connection.client("s3"), connection.settings().bucket, glue_version=version)
    print(json.dumps(uploaded.definition(), indent=2))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement, in Athena's SQL.")],
    format: Annotated[str, typer.Option(help="table, csv or json")] = "table",
) -> None:
    """Run SQL through Athena and print its rows."""
    from ddb_assets.aws.connection import Connection
    from ddb_assets.query_command import run_query
    from ddb_assets.query_output import OUTPUT_FORMS, write_result

    if format not in OUTPUT_FORMS:
        raise UserError(f"--format {format}: not one of {', '.join(OUTPUT_FORMS)}")
    write_result(run_query(Connection(), sql), format, _out)


@app.command()
def verify(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")],
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
    from ddb_assets.code_location import find_published_chain

    chain = find_published_chain(table, Path.cwd())
    with _err.status("Looking for the snapshot") as status:
        proof = proving.verify(
            table,
            at,
            against,
            keys=key or (),
            database=database,
            chain=chain,
            read_percentage=read_percentage,
            listed=show,
            seen=lambda reading, items: status.update(plain(f"Reading {reading}: {items:,} items")),
        )
    for difference in proof.comparison.differences:
        _say(str(difference))
    _say(proof.summary())
    if not proof.equal:
        _say(proof.advice(), _err)
        raise typer.Exit(1)


@app.command()
def rewrite(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")],
    format: Annotated[str, typer.Option(help="parquet, orc, avro, json or csv")],
) -> None:
    """Change the format of all published snapshots: new files, then one switch. Run again, it goes on."""
    from ddb_assets.code_location import find_chain
    from ddb_assets.rewrite.command import rewrite_chain

    for line in rewrite_chain(find_chain(table, Path.cwd()), format, _err):
        _say(line)


@app.command()
def sweep(
    table: Annotated[
        str | None, typer.Argument(help="A DynamoDB table, or a group, as a defs.yaml names it. Default: all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
) -> None:
    """Remove what killed runs have left, and list it with reasons. Exit status 1 when something can't be removed."""
    from ddb_assets.code_location import find_payloads
    from ddb_assets.sweep.command import sweep_tables

    outcome = sweep_tables(find_payloads(table, Path.cwd()), dry_run, _err)
    if (shown := outcome.table()).row_count:
        _out.print(shown)
    _say(outcome.totals())
    if outcome.failed:
        raise typer.Exit(1)


@app.command()
def restore(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")],
    to: Annotated[str, typer.Option(help="The table to create. It must not exist.")],
    at: Annotated[str | None, typer.Option(help="The snapshot, such as 2026-11-24T00:00. Default: the newest.")] = None,
    database: Annotated[str | None, typer.Option(help="Data Catalog database. Default: the settings'.")] = None,
    billing: Annotated[str, typer.Option(help="source, on-demand or provisioned")] = "source",
    read_capacity: Annotated[int | None, typer.Option(min=1, help="Provisioned RCUs. Default: the source's.")] = None,
    write_capacity: Annotated[int | None, typer.Option(min=1, help="Provisioned WCUs. Default: the source's.")] = None,
    without_indexes: Annotated[bool, typer.Option("--without-indexes", help="No secondary indexes.")] = False,
    kms_key: Annotated[
        str | None, typer.Option(help="aws-owned, aws-managed, or a KMS key. Default: as the source.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="NAME:TYPE of a key, if nothing else tells; the partition key first.")
    ] = None,
    items_from: Annotated[
        str, typer.Option("--from", help="auto, export (the native export), files (the snapshot's own)")
    ] = "auto",
    max_wcu: Annotated[float | None, typer.Option(min=1, help="Write units a second. Default: all there are.")] = None,
    max_rcu: Annotated[float | None, typer.Option(min=1, help="Read units a second, to compare.")] = None,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Don't compare the table with the snapshot.")] = False,
    show: Annotated[int, typer.Option(min=0, help="List at most so many differences; all are counted.")] = 20,
) -> None:
    """Restore a snapshot into a new DynamoDB table, and prove it equal. Run again, it goes on."""
    from ddb_assets.aws.connection import Connection
    from ddb_assets.code_location import find_published_chain
    from ddb_assets.restore import Restoring, command
    from ddb_assets.restore.new_table import Wishes, chosen_billing
    from ddb_assets.restore.snapshot_items import chosen_source
    from ddb_assets.restore.watching import watching

    chain = find_published_chain(table, Path.cwd())
    wishes = Wishes(chosen_billing(billing), read_capacity, write_capacity, not without_indexes, kms_key)
    with command.explaining(), watching(_err) as watcher:
        outcome = Restoring(
            Connection(),
            table,
            at,
            to,
            watcher,
            database=database,
            chain=chain,
            keys=key or (),
            wishes=wishes,
            items_from=chosen_source(items_from),
            max_wcu=max_wcu,
            max_rcu=max_rcu,
            compare=not no_verify,
            listed=show,
        ).run()
    for line in command.lines(outcome):
        _say(line)
    if not outcome.equal:
        _say(command.advice(outcome), _err)
        raise typer.Exit(1)


def _say(text: str, console: Console = _out) -> None:
    """A line for a person: as text, whatever names and values it holds."""
    console.print(plain(text), soft_wrap=True)
