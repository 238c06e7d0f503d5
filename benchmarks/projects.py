"""Dagster projects of many tables: ours by a defs.yaml for each, and the same of bare Dagster assets."""

import json
import textwrap
from pathlib import Path

CADENCES = ("0 0 * * *", "0 * * * *", "*/15 * * * *", "30 2 * * *", "0 0 * * 1", "0 6,18 * * *")
FORMATS = ("parquet", "orc", "avro", "json", "csv")
GROUPS_OF = 3
"""Each tenth of the tables are members of groups of so many."""

_DEFINITIONS = """\
from pathlib import Path

import dagster as dg

from ddb_assets import aws_resources


@dg.definitions
def defs():
    project = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(project, dg.Definitions(resources=aws_resources(), executor=dg.in_process_executor))
"""

_BARE = '''\
"""Tables of bare assets: what a chain has of assets, checks, jobs and schedules, and nothing in them."""

import dagster as dg

CADENCES = {cadences}


def table(number):
    name, cadence = f"table_{{number:04}}", CADENCES[number % len(CADENCES)]
    partitions = dg.TimeWindowPartitionsDefinition(
        start="2026-01-01T00:00", fmt="%Y-%m-%dT%H:%M", cron_schedule=cadence, timezone="UTC", end_offset=1
    )
    keys = [dg.AssetKey([prefix, name]) for prefix in ("source", "files", "snapshots", "view")]

    @dg.observable_source_asset(key=keys[0], group_name=name)
    def source(context):
        return dg.ObserveResult()

    @dg.asset(key=keys[1], deps=[keys[0]], partitions_def=partitions, group_name=name)
    def files(context):
        return dg.MaterializeResult()

    @dg.asset(key=keys[2], deps=[keys[1]], partitions_def=partitions, group_name=name)
    def snapshots(context):
        return dg.MaterializeResult()

    @dg.asset(key=keys[3], deps=[keys[2]], group_name=name)
    def view(context):
        return dg.MaterializeResult()

    checks = [check(keys[2], "rows_match", partitions, blocking=True), check(keys[3], "shows_newest", None, True)]
    checks += [check(keys[3], "is_fresh", None, False), check(keys[3], "recoverable", None, False)]
    job = dg.define_asset_job(
        f"job_{{name}}", selection=dg.AssetSelection.assets(*keys[1:]), partitions_def=partitions
    )

    @dg.schedule(name=f"schedule_{{name}}", job=job, cron_schedule=cadence, execution_timezone="UTC")
    def schedule(context):
        return dg.RunRequest()

    assets = [source, files, snapshots, view]
    return dg.Definitions(assets=assets, asset_checks=checks, jobs=[job], schedules=[schedule])


def check(key, name, partitions, blocking):
    @dg.asset_check(asset=key, name=name, partitions_def=partitions, blocking=blocking)
    def body(context):
        return dg.AssetCheckResult(passed=True)

    return body


defs = dg.Definitions.merge(*map(table, range({tables})), dg.Definitions(executor=dg.in_process_executor))
'''


def of_chains(folder: Path, tables: int) -> str:
    """Write a project of so many tables, a folder with a defs.yaml for each table or group; its definitions' module."""
    package = folder / f"chains_{tables}"
    (package / "defs").mkdir(parents=True)
    _project(folder, package.name)
    (package / "defs" / "__init__.py").touch()
    (package / "definitions.py").write_text(_DEFINITIONS, encoding="utf-8")
    number = 0
    while number < tables:
        members = GROUPS_OF if number % (10 * GROUPS_OF) == 0 and tables - number >= GROUPS_OF else 1
        name = f"table_{number:04}" if members == 1 else f"group_{number:04}"
        written = _table(number) if members == 1 else _group(number, members)
        (package / "defs" / name).mkdir()
        (package / "defs" / name / "defs.yaml").write_text(written, encoding="utf-8")
        number += members
    return f"{package.name}.definitions"


def of_bare_assets(folder: Path, tables: int) -> str:
    """Write a module of so many tables of bare assets; its name."""
    package = folder / f"bare_{tables}"
    package.mkdir(parents=True)
    _project(folder, package.name)
    (package / "definitions.py").write_text(_BARE.format(cadences=CADENCES, tables=tables), encoding="utf-8")
    return f"{package.name}.definitions"


def _project(folder: Path, package: str) -> None:
    (folder / package / "__init__.py").touch()
    (folder / "pyproject.toml").write_text(
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n', encoding="utf-8"
    )


def _table(number: int) -> str:
    """Options differ from table to table, as in a project that has grown."""
    lines = [f"table_name: Table-{number:04}", f'cadence: "{CADENCES[number % len(CADENCES)]}"']
    if number % 2:
        lines.append(f"output_format: {FORMATS[number // 2 % len(FORMATS)]}")
    if number % 3 == 0:
        lines += ['start: "2026-03-01"', f"read_percentage: {0.1 + number % 9 / 10:.1f}"]
    if number % 4 == 0:
        lines.append(f"capture: {{method: {('auto', 'export', 'scan')[number // 4 % 3]}, keep_exports: 30}}")
    if number % 5 == 0:
        lines += ["columns:", "  price: decimal(18,2)", "numbers: double", "max_depth: 4"]
    if number % 6 == 0:
        lines += ["owners: [team:data]", "tags:", f"  domain: shop{number % 7}"]
    if number % 7 == 0:
        lines.append("job: {worker_type: G.2X, workers: 10}")
    return f"type: ddb_assets.DynamoDBTable\n\nattributes:\n{textwrap.indent(chr(10).join(lines), '  ')}\n"


def _group(number: int, members: int) -> str:
    tables = json.dumps([f"Table-{member:04}" for member in range(number, number + members)])
    lines = [f"name: group_{number:04}", f"tables: {tables}", 'cadence: "0 0 * * *"']
    return f"type: ddb_assets.DynamoDBTableGroup\n\nattributes:\n{textwrap.indent(chr(10).join(lines), '  ')}\n"
