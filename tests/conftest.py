"""What the tests share: one real local AWS for the session, and chains run against it through Dagster."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest

from ddb_assets.aws import aws_resources
from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.chain import chain_definitions, snapshot
from ddb_assets.chain.keys import files_key
from ddb_assets.chain.partitions import open_window
from ddb_assets.local import glue_versions, process
from ddb_assets.local_aws import start
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import format_instant
from tests import profiles  # before any property asks how often it is tried


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the tests, and more time for each by night: thousands of cases take hours."""
    if profiles.NIGHTLY:
        for item in items:
            item.add_marker(pytest.mark.timeout(86_400), append=False)
    # Long waits begin first, so that the other workers' tests fill them.
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


@dataclass(frozen=True)
class LocalAws:
    """The session's local AWS, as a user reaches it: environment variables and boto3."""

    url: str
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(service)

    def query(self, sql: str, database: str | None = None) -> list[tuple[str | None, ...]]:
        return list(Athena(connection=Connection()).run(sql, database).rows)

    def put(self, table_name: str, items: Sequence[dict[str, Any]], key: str = "id", key_type: str = "S") -> None:
        """Create the table when needed, and put DynamoDB-JSON items into it."""
        dynamodb = self.client("dynamodb")
        with suppress(dynamodb.exceptions.ResourceInUseException):
            dynamodb.create_table(
                TableName=table_name,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": key_type}],
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000},
            )
        for item in items:
            dynamodb.put_item(TableName=table_name, Item=item)


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DDB_ASSETS_", "AWS_"))]:
            if name not in ("AWS_CA_BUNDLE", glue_versions.VARIABLE):
                patch.delenv(name)
        patch.setenv("DDB_ASSETS_LOCAL_STATE", str(tmp_path_factory.mktemp("local-aws")))
        running = start()
        environment = process.environment(running)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            yield LocalAws(running.url, environment)
        finally:
            process.stop()


@dataclass(frozen=True)
class Project:
    """Chains run as a Dagster user runs them, with a clock that the test sets."""

    local_aws: LocalAws
    patch: pytest.MonkeyPatch
    instance: dg.DagsterInstance

    def table(self, table_name: str, **options: Any) -> TableSpec:
        return TableSpec(table_name, **{"database": "dynamodb_exports", **options})

    def definitions(self, table: TableSpec) -> dg.Definitions:
        return dg.Definitions.merge(chain_definitions(table), dg.Definitions(resources=aws_resources()))

    def snapshot(
        self, table: TableSpec | str, *, days_ago: int = 0, raise_on_error: bool = True, run_config: Any = None
    ) -> "Snapshot":
        """Run the table's job for the window that was open `days_ago`, as if it were then."""
        spec = self.table(table) if isinstance(table, str) else table
        then = datetime.now(UTC) - timedelta(days=days_ago)
        self.patch.setattr(snapshot, "utc_now", lambda: then)
        key = format_instant(open_window(spec, then).start)
        job = self.definitions(spec).resolve_job_def(spec.job_name)
        result = job.execute_in_process(
            partition_key=key, instance=self.instance, raise_on_error=raise_on_error, run_config=run_config
        )
        return Snapshot(key, spec, result)

    def materialize(self, table: TableSpec, asset: dg.AssetKey, key: str | None) -> dg.ExecuteInProcessResult:
        """Materialize one asset of the chain alone."""
        selection = dg.AssetSelection.assets(asset)
        job = dg.define_asset_job("alone", selection, executor_def=dg.in_process_executor)
        definitions = dg.Definitions.merge(self.definitions(table), dg.Definitions(jobs=[job]))
        return definitions.resolve_job_def("alone").execute_in_process(
            partition_key=key, instance=self.instance, raise_on_error=False
        )

    def materialize_files(self, table: TableSpec) -> str:
        """Write the open window's files and publish nothing; the window's key."""
        key = format_instant(open_window(table, datetime.now(UTC)).start)
        assert self.materialize(table, files_key(table), key).success
        return key


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the run says of its failed step."""
    data = next(event for event in result.all_events if event.is_step_failure).step_failure_data
    described = data.user_failure_data.description if data.user_failure_data else None
    return described or str(data.error)


@dataclass(frozen=True)
class Snapshot:
    key: str
    table: TableSpec
    result: dg.ExecuteInProcessResult

    def metadata(self, key: dg.AssetKey) -> dict[str, Any]:
        materialized = self.result.asset_materializations_for_node("__".join(snapshot_node(part) for part in key.path))
        return {name: value.value for name, value in materialized[0].metadata.items()}

    def checks(self) -> dict[str, bool]:
        return {evaluation.check_name: evaluation.passed for evaluation in self.result.get_asset_check_evaluations()}


def snapshot_node(part: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in part)


@pytest.fixture
def project(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Project]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Project(local_aws, monkeypatch, instance)
