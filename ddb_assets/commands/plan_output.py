"""A plan on the terminal: a column for each method, the choice with its reason, what to know. As JSON for programs."""

import json
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ddb_assets.commands.terminal import plain
from ddb_assets.model.capture import METHODS
from ddb_assets.model.words import duration, second, size
from ddb_assets.planning.cost import dollars
from ddb_assets.planning.plan import MethodPlan, Plan, in_words
from ddb_snapshot.names import format_instant
from ddb_snapshot.shown import visible_json

PLAN_FORMS = ("table", "json")

_WIDTH = 100


def write_plan(plan: Plan, form: str, console: Console) -> None:
    """Write the plan in `form`, one of `PLAN_FORMS`; JSON goes to standard output for the next program."""
    if form == "json":
        print(visible_json(json.dumps(plan.to_json(), ensure_ascii=False, indent=2)))
        return
    # A pipe has no width of its own, and a wide terminal makes no better reading.
    out = Console(file=console.file, width=min(console.width, _WIDTH) if console.is_terminal else _WIDTH)
    for line in _heading(plan):
        out.print(plain(line))
    out.print()
    out.print(_methods(plan))
    out.print()
    if plan.choice:
        out.print(Text.assemble((plan.choice.method, "bold"), ": ", plain(plan.choice.reason)))
    else:
        out.print(Text.assemble(("none", "bold red"), ": ", plain(plan.refusal)))
    for command in dict.fromkeys(row.possibility.command for row in plan.methods.values() if row.possibility.command):
        out.print(plain(f"What is missing is mended by:\n  {command}"), soft_wrap=True)
    out.print()
    if quotas := in_words(plan.in_use):
        out.print(plain(f"In use now: {', '.join(quotas)}."))
    for note in dict.fromkeys([*plan.notes, *_assumptions(plan)]):
        out.print(Text.assemble(("•", "dim"), " ", plain(note)))


def _heading(plan: Plan) -> tuple[str, ...]:
    table, wanted = plan.table, plan.wanted
    recovery = (
        f"point-in-time recovery reaches from {second(table.recovery.earliest)} to {second(table.recovery.latest)}"
        if table.recovery
        else "point-in-time recovery is off"
    )
    capacity = f"{table.read_capacity:,.0f} read units a second"
    before = (
        f"after {plan.previous.method} {format_instant(plan.previous.instant)}, {size(plan.previous.bytes)}"
        if plan.previous
        else "with none before it"
    )
    return (
        f"{table.name} in {table.region}: {table.item_count:,} items, {size(table.size_bytes)}, "
        f"{f'on demand ({capacity}, {table.capacity_source})' if table.on_demand else f'provisioned ({capacity})'}; "
        f"{recovery}",
        f"Snapshot {format_instant(wanted.instant)}, whose window of {duration(wanted.gap)} is "
        f"{'open' if wanted.open else 'not open'}, {before}",
    )


def _methods(plan: Plan) -> Table:
    shown = Table(show_lines=False, expand=True)
    shown.add_column("")
    for method in METHODS:
        chosen = plan.choice is not None and plan.choice.method == method
        shown.add_column(f"{method} (chosen)" if chosen else method, ratio=1, overflow="fold")
    rows = [plan.methods[method] for method in METHODS]
    shown.add_row("possible", *("yes" if row.possibility.possible else "[red]no[/red]" for row in rows))
    shown.add_row("takes", *(_times(row) for row in rows))
    shown.add_row("Glue run", *(_run(row) for row in rows))
    shown.add_row("items are of", *(_span(row, plan) for row in rows))
    shown.add_row("read units", *(f"{row.estimate.rcu:,.0f}" for row in rows))
    shown.add_row("requests", *(_requests(row) for row in rows))
    shown.add_row("reads", *(size(row.estimate.bytes_read) for row in rows))
    shown.add_row(
        "billed for", *(size(row.estimate.bytes_billed) if row.estimate.bytes_billed else "-" for row in rows)
    )
    shown.add_row("writes, at most", *(size(row.estimate.bytes_written) for row in rows))
    shown.add_row("dollars, at most", *(_dollars(row) for row in rows))
    shown.add_row("  of which", *(_parts(row) for row in rows))
    shown.add_row("kept, a month", *(_kept(row) for row in rows))
    if any(row.possibility.missing for row in rows):
        shown.add_section()
        shown.add_row("missing", *(plain(row.possibility.missing or "-") for row in rows))
    return shown


def _times(row: MethodPlan) -> str:
    shortest, longest = duration(row.estimate.shortest), duration(row.estimate.longest)
    waiting = f", {duration(row.possibility.wait)} of it waiting" if row.possibility.wait > timedelta(0) else ""
    return f"{shortest} to {longest}{waiting}" if shortest != longest else f"{longest}{waiting}"


def _run(row: MethodPlan) -> str:
    """The run's size, and how long of its timeout it may take."""
    job, limit = row.estimate.job, ""
    if job.timeout is not None:
        limit = f" of {duration(job.timeout)}"
    took = f"up to {duration(row.estimate.job_time)}{limit}"
    return f"{job.workers} workers {job.worker_type}, {took if row.estimate.ends_in_time else f'[red]{took}[/red]'}"


def _span(row: MethodPlan, plan: Plan) -> str:
    """Of which instants the items would be: a scan's are of the time in which it reads."""
    if row.span.first == row.span.last:
        return "the instant, to the second"
    lag = duration(row.span.lag(plan.wanted))
    return f"{second(row.span.first)} to {second(row.span.last)}, up to {lag} off"


def _requests(row: MethodPlan) -> str:
    asked = row.estimate.requests
    return f"DynamoDB {asked.dynamodb:,}, S3 {asked.s3_puts:,} put {asked.s3_gets:,} get, Glue {asked.glue}"


def _dollars(row: MethodPlan) -> str:
    return f"[bold]{dollars(row.estimate.cost.total)}[/bold]" if row.estimate.cost else "not known"


def _parts(row: MethodPlan) -> str:
    if row.estimate.cost is None:
        return "-"
    return "\n".join(f"{part.name} {dollars(part.dollars)}" for part in row.estimate.cost.parts)


def _kept(row: MethodPlan) -> str:
    return dollars(row.estimate.cost.storage_month) if row.estimate.cost else "-"


def _assumptions(plan: Plan) -> list[str]:
    return [f"Assumed: {assumed}." for method in METHODS for assumed in plan.methods[method].estimate.assumptions]
