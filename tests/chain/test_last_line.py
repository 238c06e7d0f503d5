"""Whatever goes wrong in a step, the last line that a person sees is the cause, with table, partition and remedy."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from dagster._core.errors import DagsterExecutionInterruptedError

from ddb_assets import cli
from ddb_assets.aws.athena import Athena
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.glue_jobs import _require_succeeded
from ddb_assets.aws.job_runs import JobRun
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.chain.failures import blocking, failing_clearly
from ddb_assets.chain.keys import catalog_key, files_key, view_key
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.problems import explain
from tests.components import yaml_project
from tests.conftest import Project

KEY = "2026-11-24T00:00"


def refused(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "said by AWS\nin two lines"}, "ResponseMetadata": {}}
    answer["ResponseMetadata"] = {"HTTPStatusCode": status}
    return ClientError(answer, "DescribeTable")


def caused() -> UserError:
    try:
        try:
            raise refused("Locked", 400)
        except ClientError as error:
            raise UserError("Table x is locked. Unlock it.") from error
    except UserError as error:
        return error


KINDS: dict[str, tuple[Callable[[], BaseException], list[str]]] = {
    "denied": (
        lambda: refused("AccessDeniedException", 400),
        ["said by AWS in two lines", "Allow DescribeTable to the role"],
    ),
    "expired": (lambda: refused("ExpiredTokenException", 400), ["ExpiredTokenException", "Renew the AWS credentials"]),
    "throttled": (lambda: refused("ThrottlingException", 400), ["throttles DescribeTable", "run it again later"]),
    "broken": (lambda: refused("InternalServerError", 500), ["AWS had an error of its own", "run it again later"]),
    "refused": (lambda: refused("ValidationException", 400), ["ValidationException", "mend what the message says"]),
    "unreachable": (
        lambda: EndpointConnectionError(endpoint_url="http://x"),
        ["could not be reached", "ddb-assets local status"],
    ),
    "no credentials": (lambda: NoCredentialsError(), ["Unable to locate credentials", "Set AWS_PROFILE"]),
    "assertion": (lambda: AssertionError(), ["AssertionError", "report it with the trace above"]),
    "key": (lambda: KeyError("Table"), ["KeyError: 'Table'", "report it with the trace above"]),
    "memory": (lambda: MemoryError(), ["MemoryError", "needs more memory"]),
    "disk": (lambda: OSError(28, "No space left on device"), ["No space left on device", "Look at the disk"]),
    "user": (lambda: UserError("Something is\nso. Mend it."), ["Something is so. Mend it."]),
    "user, of an error": (lambda: caused(), ["Table x is locked. Unlock it."]),
    "failure": (
        lambda: dg.Failure("Glue run jr_1 ended FAILED: no such bucket"),
        ["Glue run jr_1 ended FAILED: no such bucket"],
    ),
}

STEPS: dict[str, tuple[type, str, Callable[[TableSpec], dg.AssetSelection]]] = {
    "files": (DynamoDB, "describe", lambda table: dg.AssetSelection.assets(files_key(table)).without_checks()),
    "catalog": (
        SnapshotStore,
        "newest_attempt",
        lambda table: dg.AssetSelection.assets(catalog_key(table)).without_checks(),
    ),
    "view": (DataCatalog, "snapshots", lambda table: dg.AssetSelection.assets(view_key(table)).without_checks()),
    "rows check": (DataCatalog, "published", lambda table: dg.AssetSelection.checks_for_assets(catalog_key(table))),
    "view check": (Athena, "run", lambda table: checks(table, "shows_newest_snapshot")),
    "fresh check": (DataCatalog, "snapshots", lambda table: checks(table, "newest_snapshot_is_fresh")),
    "missing check": (DataCatalog, "snapshots", lambda table: checks(table, "missing_partitions_still_recoverable")),
}


def checks(table: TableSpec, name: str) -> dg.AssetSelection:
    return dg.AssetSelection.checks(dg.AssetCheckKey(view_key(table), name))


def raising(error: BaseException) -> Callable[..., object]:
    def call(*args: object, **kwargs: object) -> object:
        raise error

    return call


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_last_line_of_the_steps_and_the_runs_failure_is_the_cause(
    project: Project, monkeypatch: pytest.MonkeyPatch, kind: str, step: str
) -> None:
    project.local_aws.put("Last-Line", [])
    recovery = {"PointInTimeRecoveryEnabled": True}
    project.local_aws.client("dynamodb").update_continuous_backups(
        TableName="Last-Line", PointInTimeRecoverySpecification=recovery
    )
    (error, said), (owner, method, selection) = KINDS[kind], STEPS[step]
    table = project.table("Last-Line")
    monkeypatch.setattr(owner, method, raising(error()))
    job = dg.define_asset_job("alone", selection(table), executor_def=dg.in_process_executor)
    definitions = dg.Definitions.merge(project.definitions(table), dg.Definitions(jobs=[job]))

    result = definitions.resolve_job_def("alone").execute_in_process(
        tags={"dagster/partition": KEY}, instance=project.instance, raise_on_error=False
    )

    (failed,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    (ended,) = [event.job_failure_data for event in result.all_events if event.is_failure and event.is_job_event]
    assert failed.user_failure_data is not None
    described = str(failed.user_failure_data.description)
    shown = [described, last_line(failed.error_display_string), last_line(ended.error.to_string())]
    for line in shown:
        assert all(part in line for part in ["Last-Line", KEY, *said]), line
        assert "\n" not in line
    assert str(failed.error.message).strip().endswith(described)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_line_of_the_command_is_the_cause(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    kind: str,
) -> None:
    error, said = KINDS[kind]
    yaml_project.write(tmp_path, {"a": yaml_project.table("table_name: Last-Line")})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(DynamoDB, "describe", raising(error()))
    monkeypatch.setattr(sys, "argv", ["ddb-assets", "snapshot", "Last-Line", "--at", KEY])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    written = capfd.readouterr().err
    assert ended.value.code == 1
    assert all(part in last_line(written) for part in ["Error: ", "Last-Line", KEY, *said]), written
    traced = "Stack Trace" in written
    assert traced == (kind not in ("user", "failure"))


def test_a_command_that_fails_outside_of_dagster_ends_with_the_cause_too(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Athena, "run", raising(refused("AccessDeniedException", 400)))
    monkeypatch.setattr(sys, "argv", ["ddb-assets", "query", "SELECT 1"])

    with pytest.raises(SystemExit):
        cli.main()

    written = capfd.readouterr().err
    assert "Traceback" in written
    assert last_line(written).startswith("Error: ClientError: An error occurred (AccessDeniedException)")
    assert last_line(written).endswith("Allow DescribeTable to the role that runs this, then run it again.")


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, DagsterExecutionInterruptedError])
def test_an_interrupted_command_says_how_to_go_on(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    interruption: type[BaseException],
) -> None:
    yaml_project.write(tmp_path, {"a": yaml_project.table("table_name: Last-Line")})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(DynamoDB, "describe", raising(interruption()))
    monkeypatch.setattr(sys, "argv", ["ddb-assets", "snapshot", "Last-Line", "--at", KEY])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 130
    assert last_line(capfd.readouterr().err) == (
        f"Error: Last-Line at {KEY}: interrupted while capturing the snapshot. Run it again: it goes on from what is "
        "finished."
    )


def test_a_range_names_the_partition_that_it_was_at(project: Project) -> None:
    @dg.op
    def ranged(context: dg.OpExecutionContext) -> None:
        with failing_clearly(context, "Orders", "counting") as step:
            step.partition = KEY
            raise UserError("Orders: it failed.")

    @dg.job
    def whole() -> None:
        ranged()

    result = whole.execute_in_process(
        tags={"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"},
        raise_on_error=False,
    )
    (failed,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failed.user_failure_data is not None
    assert failed.user_failure_data.description == f"Orders at {KEY}: it failed."


def test_a_blocking_check_ends_the_command_with_its_counts(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project.local_aws.put("Miscounted", [{"id": {"S": "1"}}])
    yaml_project.write(tmp_path, {"a": yaml_project.table("table_name: Miscounted")})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ddb_assets.chain.row_counts._count", lambda *args: 7)
    monkeypatch.setattr(sys, "argv", ["ddb-assets", "snapshot", "Miscounted"])

    with pytest.raises(SystemExit):
        cli.main()

    line = last_line(capfd.readouterr().err)
    assert line.startswith("Error: Miscounted at 20")
    assert line.endswith("Athena counts 7 rows, its manifest says 1. Materialize this partition again.")


@pytest.mark.parametrize(
    ("passed", "description"),
    [(True, None), (False, "Orders at 2026: it differs. Take it again."), (False, None)],
)
def test_a_blocking_check_that_does_not_pass_is_kept_and_its_cause_is_the_steps_last_line(
    passed: bool, description: str | None
) -> None:
    @dg.asset
    def orders() -> None: ...

    @dg.asset_check(asset=orders, blocking=True)
    def whole() -> Iterator[dg.AssetCheckResult]:
        yield from blocking(dg.AssetCheckResult(passed=passed, description=description, metadata={"rows": 7}))

    @dg.asset(deps=[orders])
    def after() -> None: ...

    definitions = dg.Definitions(assets=[orders, after], asset_checks=[whole])
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)

    (found,) = result.get_asset_check_evaluations()
    assert (found.passed, found.blocking, found.metadata["rows"].value) == (passed, True, 7)
    assert result.success == passed
    materialized = {event.asset_key for event in result.get_asset_materialization_events()}
    assert (after.key in materialized) == passed
    if not passed:
        (failed,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
        assert last_line(failed.error_display_string).endswith(description or "did not pass")


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("TIMEOUT", "give its runs more time or workers (`job: {timeout: …, workers: …}`)"),
        ("STOPPED", "Somebody stopped it, and nothing of it is published. Run it again."),
        ("EXPIRED", "Run it again when fewer Glue runs are going."),
    ],
)
def test_a_glue_run_that_was_ended_says_what_to_do(state: str, remedy: str) -> None:
    with pytest.raises(dg.Failure) as failed:
        _require_succeeded(JobRun("snapshots", "jr_1", state, {}))
    assert str(failed.value.description).startswith(f"Glue job snapshots, run jr_1 ended {state}: no message. ")
    assert remedy in str(failed.value.description)


def test_every_explanation_is_one_line() -> None:
    for error, said in KINDS.values():
        assert "\n" not in explain(error())
        assert said
