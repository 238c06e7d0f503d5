"""A shop of three tables, and the group of them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from ddb_assets.aws import aws_resources
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.group import GroupSpec, group_definitions
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.local import past
from tests.chain.history import PastTable
from tests.conftest import LocalAws, Project

TABLES = ("Customers", "Orders", "Order-Lines")


@dataclass
class Shop:
    """Three tables in which, at every instant, each order has its customer and each line its order."""

    group: str
    tables: dict[str, PastTable] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def open(cls, group: str, hours: int = 1) -> "Shop":
        names = {name: f"{group.title()}-{name}" for name in TABLES}
        return cls(group, {name: PastTable.create(full, hours) for name, full in names.items()})

    @property
    def client(self) -> Any:
        return Connection().client("dynamodb")

    def spec(self, cadence: str = "0 * * * *", **options: Any) -> GroupSpec:
        tables = [table.name for table in self.tables.values()]
        start = f"{self.tables['Orders'].begun - timedelta(days=1):%Y-%m-%dT%H:%M}"
        return DynamoDBTableGroup(name=self.group, tables=tables, cadence=cadence, start=start, **options).group_spec()

    def sell(self) -> None:
        """Customer, order, line, in this order; and an old one is taken away again, the other way round."""
        self.number += 1
        for name, owner in (("Customers", None), ("Orders", "customer"), ("Order-Lines", "order")):
            item = {"id": {"S": str(self.number)}, **({owner: {"S": str(self.number)}} if owner else {})}
            self.client.put_item(TableName=self.tables[name].name, Item=item)
        if self.number > 20:
            for name in reversed(TABLES):
                key = {"id": {"S": str(self.number - 20)}}
                self.client.delete_item(TableName=self.tables[name].name, Key=key)

    def sell_before(self, since: datetime, until: datetime) -> None:
        """Sales of the past, several in each second around `until`'s minute."""
        instant = since
        while instant < until:
            with past.at(self.client, instant):
                self.sell()
            instant += timedelta(milliseconds=700)

    @contextmanager
    def selling(self) -> Iterator[None]:
        """Sales go on, in a thread of their own."""
        closed = threading.Event()

        def work() -> None:
            while not closed.is_set():
                self.sell()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield
        finally:
            closed.set()
            worker.join()


def definitions(group: GroupSpec) -> dg.Definitions:
    return dg.Definitions.merge(group_definitions(group), dg.Definitions(resources=aws_resources()))


def run(project: Project, group: GroupSpec, key: str) -> dg.ExecuteInProcessResult:
    job = definitions(group).resolve_job_def(group.job_name)
    return job.execute_in_process(partition_key=key, instance=project.instance, raise_on_error=False)


def run_some(project: Project, group: GroupSpec, key: str | None, *assets: dg.AssetKey) -> dg.ExecuteInProcessResult:
    """Materialize some of the group's assets alone."""
    alone = dg.define_asset_job("alone", dg.AssetSelection.assets(*assets))
    ready = dg.Definitions.merge(definitions(group), dg.Definitions(jobs=[alone]))
    return ready.resolve_job_def("alone").execute_in_process(
        partition_key=key, instance=project.instance, raise_on_error=False
    )


def shown(group: GroupSpec) -> list[str | None]:
    """The instant that each member's view shows."""
    catalog = DataCatalog(connection=Connection())
    return [catalog.shown_snapshot(group.database, member.view, member.catalog_table) for member in group.members]


def orphans(local_aws: LocalAws, database: str, views: Mapping[str, str]) -> int:
    """Orders without their customer and lines without their order, by one query."""
    customers, orders, lines = (views[name] for name in TABLES)
    ((found,),) = local_aws.query(
        f'SELECT (SELECT count(*) FROM "{orders}" o LEFT JOIN "{customers}" c ON o.customer = c.id WHERE c.id IS NULL)'
        f' + (SELECT count(*) FROM "{lines}" l LEFT JOIN "{orders}" o ON l."order" = o.id WHERE o.id IS NULL)',
        database,
    )
    assert found is not None
    return int(found)
