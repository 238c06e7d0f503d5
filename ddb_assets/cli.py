"""The command line, `ddb-assets`: the commands' names and options. What each does lies in `ddb_assets.commands`.

A command imports its module when it is called, so that each starts fast.
"""

import json
import warnings
from pathlib import Path
from typing import Annotated

import typer

from ddb_assets.commands.ending import ending_clearly
from ddb_assets.commands.local import local
from ddb_assets.commands.terminal import ERR, OUT
from ddb_snapshot.allowed import SHARE, USUAL_SHARE

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="DynamoDB tables as snapshots in S3, Glue and Athena."
)
app.add_typer(local, name="local")


def main() -> None:
    """Run the command line; the last line of standard error is why a command could not do what it was asked."""
    warnings.filterwarnings("ignore", module=r"dagster\.")
    with ending_clearly(ERR):
        app()


@app.command()
def demo() -> None:
    """Export the original's Reviews table twice on a local AWS of its own, and query it."""
    from ddb_assets.commands.demo import run_demo

    run_demo(OUT)


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
    from ddb_assets.commands.seed import seed_tables

    seed_tables(history)


@app.command()
def snapshot(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, the `name` of a chain, or a group of tables.")],
    at: Annotated[
        str | None, typer.Option(help="Partition key, such as 2026-11-24T00:00. Default: the open one.")
    ] = None,
) -> None:
    """Run a table's whole chain, or a group's, for one partition."""
    from ddb_assets.commands.snapshot import take_snapshot

    take_snapshot(table, at, Path.cwd())


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
    from ddb_assets.commands.plan import show_plan

    show_plan(table, at, format, Path.cwd())


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
    from ddb_assets.commands import upload_job as command

    command.upload_job(glue_version)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement, in Athena's SQL.")],
    format: Annotated[str, typer.Option(help="table, csv or json")] = "table",
) -> None:
    """Run SQL through Athena and print its rows."""
    from ddb_assets.commands.query import show_query

    show_query(sql, format)


@app.command()
def verify(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")],
    at: Annotated[str | None, typer.Option(help="The snapshot, such as 2026-11-24T00:00. Default: the newest.")] = None,
    against: Annotated[
        str, typer.Option(help="`table`: the live table; else a native export: a file, a folder or an S3 prefix.")
    ] = "table",
    key: Annotated[list[str] | None, typer.Option(help="Key attribute, where the table is gone; repeat it.")] = None,
    database: Annotated[str | None, typer.Option(help="Data Catalog database. Default: the settings'.")] = None,
    read_percentage: Annotated[
        float, typer.Option(min=SHARE.least, max=SHARE.most, help="Share of the read capacity.")
    ] = USUAL_SHARE,
    show: Annotated[int, typer.Option(min=0, help="List at most so many differences; all are counted.")] = 20,
) -> None:
    """Prove a snapshot lossless: compare its items with their source, one by one. Exit status 1 on differences."""
    from ddb_assets.commands.verify import verify_snapshot

    equal = verify_snapshot(
        table,
        at,
        against,
        keys=key or [],
        database=database,
        read_percentage=read_percentage,
        listed=show,
        folder=Path.cwd(),
    )
    if not equal:
        raise typer.Exit(1)


@app.command()
def rewrite(
    table: Annotated[str, typer.Argument(help="The DynamoDB table, or the `name` of a chain.")],
    format: Annotated[str, typer.Option(help="parquet, orc, avro, json or csv")],
) -> None:
    """Change the format of all published snapshots: new files, then one switch. Run again, it goes on."""
    from ddb_assets.commands.rewrite import rewrite_history

    rewrite_history(table, format, Path.cwd())


@app.command()
def sweep(
    table: Annotated[
        str | None, typer.Argument(help="A DynamoDB table, or a group, as a defs.yaml names it. Default: all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
) -> None:
    """Remove what killed runs have left, and list it with reasons. Exit status 1 when something can't be removed."""
    from ddb_assets.commands.sweep import sweep_leftovers

    if not sweep_leftovers(table, dry_run, Path.cwd()):
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
    from ddb_assets.commands.restore import restore_snapshot

    equal = restore_snapshot(
        table,
        to,
        at,
        database=database,
        billing=billing,
        read_capacity=read_capacity,
        write_capacity=write_capacity,
        indexes=not without_indexes,
        kms_key=kms_key,
        keys=key or [],
        items_from=items_from,
        max_wcu=max_wcu,
        max_rcu=max_rcu,
        compare=not no_verify,
        listed=show,
        folder=Path.cwd(),
    )
    if not equal:
        raise typer.Exit(1)
