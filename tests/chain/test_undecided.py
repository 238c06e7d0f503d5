"""Attributes that say nothing at first, through Glue and Athena: their first value gets the plain name."""

import re
from pathlib import Path

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.verify import verify
from tests.chain.history import DATABASE, PastTable, chain, files_metadata, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure
from tests.ddb_snapshot.test_undecided import DAY_1, DAY_2

__all__ = ["quick_job"]
COLUMNS_PAGE = Path(__file__).parents[2] / "docs" / "columns.md"


def test_the_first_values_of_a_young_table(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Young-Table", [DAY_1])
    spec = project.table("Young-Table")
    first = project.snapshot(spec, days_ago=1)
    local_aws.put("Young-Table", [DAY_2])

    second = project.snapshot(spec)

    assert first.result.success and second.result.success
    assert local_aws.query("SELECT id, price, tags, l FROM young_table ORDER BY id", DATABASE) == [
        ("1", None, "[]", "[[], []]"),
        ("2", "9.990000000000000000", "[new]", "[[1], []]"),
    ]
    (counted,) = re.findall(r"```sql\n(SELECT snapshot_timestamp,.*?)```", COLUMNS_PAGE.read_text(), re.DOTALL)
    counted = counted.replace("snapshots_customer_orders", "snapshots_young_table")
    assert sorted(local_aws.query(counted, DATABASE)) == [(first.key, "1", "1"), (second.key, "1", "1")]
    assert verify("Young-Table", database=DATABASE).equal


def test_an_increment_brings_the_first_values(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = PastTable.create("Inc-Young", 3)
    silent = {name: value for name, value in DAY_1.items() if name != "id"}
    table.put(0.2, "1", **silent, Late={"NULL": True})
    table.put(0.3, "2", **silent)
    table.put(1.2, "3", **{name: value for name, value in DAY_2.items() if name != "id"}, late={"N": "1"})
    table.put(2.2, "4", Late={"S": "x"})
    spec = table.spec("incremental")

    captures = []
    for hour in (1, 2, 3):
        result = chain(project, spec, table.key(hour))
        assert result.success, failure(result)
        same(table.items(table.key(hour)), published(spec, table.key(hour)))
        captures.append(files_metadata(result, spec)["capture"])

    assert captures == ["export", "incremental", "incremental"]
    assert local_aws.query("SELECT id, tags FROM inc_young ORDER BY id", DATABASE) == [
        ("1", "[]"), ("2", "[]"), ("3", "[new]"), ("4", None),
    ]  # fmt: skip
    names = {
        column.name: column.attribute
        for column in DataCatalog(connection=Connection()).columns(DATABASE, spec.catalog_table)
    }
    assert names["late"] == "Late"
    assert {"price", "tags", "meta", "n", "l", "a__b"} <= names.keys()
    assert [name for name, attribute in names.items() if attribute == "late" and name.startswith("late__")]
