"""Each of `ddb_assets.dagster_internals`, used as the package uses it. Run as a program, in any environment:

    python internals.py

It needs the package without extras, and neither pytest nor any other test.
"""

import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from ddb_assets import dagster_internals as internals

_DEFINITIONS = """
from pathlib import Path
import dagster as dg

@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
_MISTAKES: Mapping[str, str] = {
    "a": "type: ddb_assets.DynamoDBTable\nattributes: {table_name: Orders, cadance: x}\n",
    "b": "type: ddb_assets.DynamoDBTable\nattributes:\n  table_name: Carts\n  read_percentage: '{{ nothing }}'\n",
    "c": "type: ddb_assets.DynamoDBTable\nattributes:\n  table_name: 2024\n  description: a: b\n",
}
_TOLD = ("a/defs.yaml:2: attributes.cadance", "b/defs.yaml:4: attributes.read_percentage", "c/defs.yaml:4")


def cron_expressions() -> None:
    assert internals.is_valid_cron_string("0 0 * * *")
    assert not internals.is_valid_cron_string("every day")
    try:
        internals.CroniterShim("0 0 30 2 *", datetime(2024, 1, 1)).get_next(datetime)
    except internals.CroniterBadDateError:
        return
    raise AssertionError("a cron expression that never comes has a next instant")


def tags() -> None:
    assert internals.is_valid_tag_key("team")
    assert not internals.is_valid_tag_key("a team")
    assert internals.is_valid_strict_tag_value("data")
    assert not internals.is_valid_strict_tag_value("a b")
    assert "tag" in internals.VALID_TAG_KEY_EXPLANATION.lower()


def jobs_and_their_definitions() -> None:
    assert isinstance(dg.define_asset_job("all"), internals.UnresolvedAssetJobDefinition)
    found = internals.loadable_targets_from_python_module("ddb_assets.definitions", working_directory=None)
    repository = internals.repository_def_from_target_def(found[0].target_definition)
    assert repository is not None
    assert repository.has_job("snapshot_reviews")


def failures_of_steps_and_the_partition_of_a_run() -> None:
    seen: dict[str, str] = {}

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a"]))
    def broken(context: dg.AssetExecutionContext) -> None:
        seen.update(context.run.tags)
        raise ValueError("as it should")

    result = dg.materialize([broken], partition_key="a", raise_on_error=False)
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert isinstance(failure, internals.StepFailureData)
    assert failure.error_source == internals.ErrorSource.USER_CODE_ERROR != internals.ErrorSource.INTERRUPT
    assert failure.error is not None
    assert failure.error.cause is not None
    assert "as it should" in failure.error.cause.message
    assert seen[internals.PARTITION_NAME_TAG] == "a"
    ends = internals.ASSET_PARTITION_RANGE_START_TAG, internals.ASSET_PARTITION_RANGE_END_TAG
    assert ends == ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def files_of_components() -> None:
    """A project with three mistakes, in places that only Dagster's own tree of components tells."""
    from ddb_assets.code_location import find_chain
    from ddb_assets.errors import UserError

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for made in ("a", "b", "c"):
            _project(folder / made, f"of_internals_{made}", {made: _MISTAKES[made]})
            try:
                find_chain("Orders", folder / made)
            except UserError as error:
                said = str(error)
            else:
                raise AssertionError(f"{_MISTAKES[made]!r} was taken")
            told = next(line for line in _TOLD if line.startswith(made))
            assert told in said, said


USES: Mapping[str, Callable[[], Any]] = {
    use.__name__: use
    for use in (
        cron_expressions,
        tags,
        jobs_and_their_definitions,
        failures_of_steps_and_the_partition_of_a_run,
        files_of_components,
    )
}


def _project(folder: Path, package: str, files: Mapping[str, str]) -> None:
    defs = folder / package / "defs"
    defs.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n'
    )
    for place in (folder / package, defs):
        (place / "__init__.py").touch()
    (folder / package / "definitions.py").write_text(textwrap.dedent(_DEFINITIONS))
    for name, text in files.items():
        (defs / name).mkdir()
        (defs / name / "defs.yaml").write_text(text)


def broken_by(use: Callable[[], Any]) -> str | None:
    """Which release of Dagster broke this use, and how; None where it works."""
    try:
        use()
    except Exception as error:
        return f"Dagster {dg.__version__}: {use.__name__}: {type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    broken = [said for use in USES.values() if (said := broken_by(use))]
    print("\n".join(broken) or f"Dagster {dg.__version__}: all {len(USES)} uses work")
    sys.exit(1 if broken else 0)
