"""Glue runs of local AWS share Spark's JVMs, one after another, and don't notice."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ddb_assets.local import process
from ddb_assets.local.spark_jvm import Kind, NoJvm, SparkJvm, environment
from ddb_assets.local.spark_jvms import SparkJvms
from tests.conftest import LocalAws
from tests.local.test_glue_runs import Job, alive, ended, job, logged, start

__all__ = ["job"]

# Prints which JVM it has, what the workers import, and whether another run has been there.
SCRIPT = """
import os, sys
from pyspark import SparkContext

context = SparkContext.getOrCreate()
jvm = context._jvm


def work(number):
    import greeting
    print("worker of " + greeting.text, file=sys.stderr)
    return greeting.text + os.environ["AWS_REGION"]


print(jvm.java.lang.ProcessHandle.current().pid(), flush=True)
print(context.parallelize(range(1), 1).map(work).collect(), flush=True)
print(jvm.System.getProperty("left"), context.getConf().get("spark.left"), flush=True)
jvm.System.out.println("JVM of " + sys.argv[sys.argv.index("--text") + 1])
"""
LEAVES = """
jvm.System.setProperty("left", "behind")
jvm.System.setProperty("spark.left", "behind")
"""
SQL = "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().sql('SELECT 1').collect()"
WITHOUT = "print('no Spark')"


@pytest.fixture
def jvms() -> Iterator[SparkJvms]:
    made = SparkJvms(most_waiting=1, most_runs=2)
    yield made
    made.end_unused(0)


@pytest.fixture
def kind() -> Kind:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_"))}
    return Kind(Path(sys.executable), environment(plain))


@pytest.fixture(autouse=True)
def none_waiting(local_aws: LocalAws) -> None:
    """Begin with none of other tests' JVMs: each of these tests sees the ones that it leads to."""
    running = process.status()
    assert running is not None
    for child in psutil.Process(running.pid).children():
        if "java" in child.name():
            child.kill()


def run(local_aws: LocalAws, job: Job, name: str, script: str, state: str = "SUCCEEDED") -> tuple[list[str], list[str]]:
    """What a run of the script has printed; its workers import a module that greets with the job's name."""
    library = f"scripts/{name}/greeting.py"
    local_aws.client("s3").put_object(Bucket="dynamodb-exports", Key=library, Body=f"text = '{name}'".encode())
    arguments = {"--text": name, "--extra-py-files": f"s3://dynamodb-exports/{library}"}
    run_id = start(local_aws, job(name, script, DefaultArguments=arguments), Arguments={})
    described = ended(local_aws, name, run_id)
    assert described["JobRunState"] == state, described
    return logged(local_aws, "output", run_id), logged(local_aws, "error", run_id)


def test_the_next_run_has_the_jvm_and_nothing_of_the_one_before(local_aws: LocalAws, job: Job) -> None:
    first = run(local_aws, job, "jvm-first", SCRIPT + LEAVES)
    second = run(local_aws, job, "jvm-second", SCRIPT)

    (pid, *said), errors = first
    assert set(said) == {"['jvm-firstus-east-1']", "None None", "JVM of jvm-first"}
    assert "worker of jvm-first" in errors
    assert set(second[0]) == {pid, "['jvm-secondus-east-1']", "None None", "JVM of jvm-second"}
    assert "worker of jvm-second" in second[1]
    assert "worker of jvm-first" not in second[1]


@pytest.mark.parametrize(
    ("name", "ending", "state"),
    [
        ("sql", SQL, "SUCCEEDED"),
        ("raises", "raise ValueError('no')", "FAILED"),
        ("is-killed", "os.kill(os.getpid(), 9)", "FAILED"),
        ("leaves-a-process", "jvm.java.lang.Runtime.getRuntime().exec('sleep 600')", "SUCCEEDED"),
    ],
)
def test_a_jvm_that_may_not_be_as_it_was_is_ended(
    local_aws: LocalAws, job: Job, name: str, ending: str, state: str
) -> None:
    (pid, *_), _ = run(local_aws, job, f"jvm-{name}", SCRIPT + ending, state)
    (another, *said), _ = run(local_aws, job, f"jvm-after-{name}", SCRIPT)

    assert another != pid
    assert not alive(int(pid))
    assert "None None" in said


def test_a_jvm_that_died_while_it_waited_is_replaced(local_aws: LocalAws, job: Job) -> None:
    (pid, *_), _ = run(local_aws, job, "jvm-to-die", SCRIPT)
    psutil.Process(int(pid)).kill()
    (another, *_), _ = run(local_aws, job, "jvm-replaced", SCRIPT)

    assert another != pid


def test_a_script_without_spark_runs_too(local_aws: LocalAws, job: Job) -> None:
    assert run(local_aws, job, "jvm-unused", WITHOUT)[0] == ["no Spark"]


def test_two_runs_at_once_have_a_jvm_each(jvms: SparkJvms, kind: Kind, tmp_path: Path) -> None:
    one, other = (served(jvms, kind, tmp_path) for _ in range(2))
    assert one is not other

    jvms.give_back(one, succeeded=True)
    jvms.give_back(other, succeeded=True)

    assert [one.alive(), other.alive()] == [False, True], "one more waits than may"
    assert served(jvms, kind, tmp_path) is other
    jvms.give_back(other, succeeded=True)
    assert not other.alive(), "it has served two runs, and that is all it may"


def test_an_unused_jvm_is_ended_and_takes_its_folder_with_it(jvms: SparkJvms, kind: Kind, tmp_path: Path) -> None:
    jvm = served(jvms, kind, tmp_path)
    folder = Path(jvm._folder.name)
    jvms.give_back(jvm, succeeded=True)
    jvms.end_unused(3600)
    assert jvm.alive()

    jvms.end_unused(0)

    assert not jvm.alive()
    assert not folder.exists()


def test_another_environment_has_another_jvm(jvms: SparkJvms, kind: Kind, tmp_path: Path) -> None:
    jvm = served(jvms, kind, tmp_path)
    jvms.give_back(jvm, succeeded=True)
    elsewhere = Kind(kind.python, (*kind.environment, ("AWS_REGION", "eu-west-1")))

    other = served(jvms, elsewhere, tmp_path)

    assert other is not jvm
    jvms.give_back(other, succeeded=False)


def test_a_jvm_that_does_not_start_says_why(kind: Kind) -> None:
    broken = {**dict(kind.environment), "JAVA_TOOL_OPTIONS": "-XX:+NoSuchOption"}
    with pytest.raises(NoJvm, match="NoSuchOption"):
        SparkJvm(Kind(kind.python, environment(broken)))


def served(jvms: SparkJvms, kind: Kind, folder: Path) -> SparkJvm:
    jvm = jvms.take(kind)
    files: list[Any] = [(folder / name).open("w") for name in ("output", "errors")]
    jvm.begin("", *files)
    return jvm
