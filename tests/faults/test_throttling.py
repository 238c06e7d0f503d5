"""Glue takes fewer calls than many tables make at once: their snapshots are late, and none fails."""

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from tests.chain.quick_job import QuickJob, quick_job  # noqa: F401  # a fixture
from tests.conftest import LocalAws, Project
from tests.faults.calls import Operation
from tests.faults.proxy import Fault, Proxy, Rate, Rule
from tests.faults.test_races import at_once, count, rows, running

AT_ONCE, A_SECOND = 20, 10


def test_a_call_that_is_throttled_for_longer_than_botocore_repeats_it_is_made_again(
    local_aws: LocalAws, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Connection.client
    monkeypatch.setattr(Connection, "client", lambda connection, service: client(connection, service, repeats=False))
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    operations = [Operation("glue", name) for name in ("GetTable", "GetPartitions")]
    proxy.begin(*(Rule(operation, 0, Fault.THROTTLED, times=2) for operation in operations))
    catalog = load_catalog(Connection())

    assert catalog.table("nowhere", "nothing") is None
    assert list(catalog.snapshots("nowhere", "nothing")) == []
    assert proxy.hits == dict.fromkeys(operations, 2)


@pytest.mark.first
def test_twenty_tables_at_once_where_glue_takes_ten_calls_a_second(
    local_aws: LocalAws,
    project: Project,
    proxy: Proxy,
    quick_job: QuickJob,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = [project.table(f"Throttled-{number}") for number in range(AT_ONCE)]
    for table in tables:
        rows(local_aws, table.table_name, 3)
    rate = Rate("glue", A_SECOND)
    proxy.begin(rate=rate)

    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", proxy.url)
        ended = at_once(*(running(project, table) for table in tables))

    assert ended == {"published": AT_ONCE}
    assert [count(local_aws, table.view) for table in tables] == [3] * AT_ONCE
    assert {"GetTable", "GetPartitions"} <= rate.throttled.keys()
