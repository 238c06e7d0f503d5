"""Which names pass: all of Glue's and any other's, and none that is nearly one of ours."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ddb_snapshot.argument_names import OWN, meant_by
from ddb_snapshot.arguments import BadArgument
from tests.ddb_snapshot.test_arguments import parsed, words

# AWS Glue developer guide, "Using job parameters in AWS Glue jobs", of all versions, with those that Glue calls
# internal; awslabs/aws-glue-libs, awsglue/job.py and awsglue/utils.py.
_LISTED = """
additional-python-modules auto-scale-within-microbatch class conf connection-names continuation-option
continuous-log-conversionPattern continuous-log-logGroup continuous-log-logStreamPrefix custom-logGroup-prefix
custom-logStream-prefix customer-driver-env-vars customer-executor-env-vars datalake-formats debug disable-proxy
disable-proxy-v2 enable-auto-scaling enable-continuous-cloudwatch-log enable-continuous-log-filter enable-data-lineage
enable-glue-datacatalog enable-job-insights enable-lakeformation-fine-grained-access enable-metrics
enable-observability-metrics enable-rename-algorithm-v2 enable-s3-parquet-optimized-committer enable-spark-ui
enable-spot-execution encryption-type endpoint execution-class executor-cores extra-files extra-jars extra-py-files
extra-user-jars glue-optimizations job-bookmark-from job-bookmark-option job-bookmark-to job-language library-set mode
python-modules-installer-option scriptLocation spark-event-logs-path TempDir RedshiftTempDir use-postgres-driver
user-jars-first worker-type write-shuffle-files-to-s3 write-shuffle-spills-to-s3
JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION WORKFLOW_NAME WORKFLOW_RUN_ID
"""
GLUES = _LISTED.split()

WORDS = [
    "enable",
    "spark",
    "job",
    "log",
    "glue",
    "s3",
    "python",
    "metrics",
    "files",
    "v2",
    "custom",
    "prefix",
    "option",
]
glues_names = st.sampled_from(GLUES) | st.lists(st.sampled_from(WORDS), min_size=2, max_size=4).map("-".join)
values = st.sampled_from(["", "true", "s3://bucket/a,s3://bucket/b", "spark.x=y --conf spark.z=1", "a=b"])
forms = st.sampled_from([lambda name, value: [f"--{name}", value], lambda name, value: [f"--{name}={value}"]])


@given(st.lists(st.tuples(glues_names, values, forms), max_size=4), st.booleans())
def test_glues_options_change_nothing(options: list[tuple[str, str, object]], before: bool) -> None:
    glues = [word for name, value, form in options if name != "JOB_RUN_ID" for word in form(name, value)]  # type: ignore[operator]

    assert parsed(glues + words() if before else words() + glues) == parsed(words())


@pytest.mark.parametrize("name", GLUES)
@pytest.mark.parametrize("form", ["--{}", "--{}=x", "--{} x"])
def test_each_of_glues_options_passes(name: str, form: str) -> None:
    found = parsed([*form.format(name).split(" "), *words()])

    assert (found.table_name, found.read_percentage) == ("Reviews", 0.25)


@pytest.mark.parametrize(
    "given", [["--python-modules-installer-option=--upgrade"], ["--python-modules-installer-option", "--prefix=x"]]
)
def test_options_of_pip_are_a_value(given: list[str]) -> None:
    assert parsed([*given, *words()]) == parsed(words())


def slips(name: str) -> st.SearchStrategy[str]:
    """The name with one slip of a person who types it."""
    places, letters = st.integers(0, len(name) - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz")
    return st.one_of(
        st.builds(lambda at: name[:at] + name[at + 1 :], places),
        st.builds(lambda at: name[:at] + name[at : at + 2][::-1] + name[at + 2 :], places),
        st.builds(lambda at, letter: name[:at] + letter + name[at:], places, letters),
        st.builds(lambda at, letter: name[:at] + letter + name[at + 1 :], places, letters),
        st.sampled_from([name.replace("_", "-"), name.replace("_", ""), name.upper(), name.title()]),
    )


@given(st.sampled_from(OWN).flatmap(slips), st.booleans())
@example("table-name", True)
@example("tableName", False)
@example("timestamp", False)
@example("max-rcu", True)
@example("snapshot_time", True)
@example("read_percent", False)
@example("columns", True)
@example("lag", False)
@example("prev", True)
@example("rcu_max", True)
def test_a_near_miss_is_refused_and_says_what_was_meant(name: str, equals: bool) -> None:
    if name in OWN:
        return
    argv = [f"--{name}=x"] if equals else [f"--{name}", "x"]

    with pytest.raises(BadArgument, match=rf"^--{re.escape(name)} is 'x': unknown argument, near to --[a-z_]+; known"):
        parsed([*argv, *words()])


@pytest.mark.parametrize("name", OWN)
def test_a_right_name_is_no_near_miss(name: str) -> None:
    assert meant_by(name) is None
