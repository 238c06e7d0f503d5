"""All of Dagster that this package uses and Dagster does not document, in one place.

Any release may move it. `tests/packaging/test_dagster_internals.py` uses each of these names as the package does, and
`make test-pythons` runs it with the oldest and the newest release of Dagster that pyproject.toml allows.
"""

from typing import Any

import dagster as dg

try:
    from dagster._core.definitions.reconstruct import repository_def_from_target_def
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
    from dagster._core.execution.plan.objects import ErrorSource, StepFailureData
    from dagster._core.storage.tags import (
        ASSET_PARTITION_RANGE_END_TAG,
        ASSET_PARTITION_RANGE_START_TAG,
        PARTITION_NAME_TAG,
    )
    from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module
    from dagster._utils.schedules import CroniterShim, is_valid_cron_string
    from dagster._utils.tags import VALID_TAG_KEY_EXPLANATION, is_valid_strict_tag_value, is_valid_tag_key
    from dagster._vendored.croniter.croniter import CroniterBadDateError
    from dagster.components.core.component_tree import ComponentTree
    from dagster.components.core.decl import ComponentDecl
    from dagster.components.core.defs_module import ComponentFileModel, ComponentPath
    from dagster.components.resolved.base import derive_model_type
    from dagster.components.resolved.errors import (
        ResolutionException as ResolutionException,
    )  # its name in quotes reads as one of AWS's errors
    from dagster_shared.yaml_utils import parse_yamls_with_source_position
    from dagster_shared.yaml_utils.source_position import SourcePositionTree, ValueAndSourcePositionTree
except ImportError as error:
    raise ImportError(
        f"ddb-assets does not work with Dagster {dg.__version__}, in which {error.name} is another than in the "
        "releases that it is tested with: its README names them. Install one of those, with the dagster-aws that "
        "belongs to it."
    ) from error

__all__ = [
    "ASSET_PARTITION_RANGE_END_TAG",
    "ASSET_PARTITION_RANGE_START_TAG",
    "PARTITION_NAME_TAG",
    "VALID_TAG_KEY_EXPLANATION",
    "ComponentDecl",
    "ComponentFileModel",
    "ComponentPath",
    "ComponentTree",
    "CroniterBadDateError",
    "CroniterShim",
    "ErrorSource",
    "SourcePositionTree",
    "StepFailureData",
    "UnresolvedAssetJobDefinition",
    "ValueAndSourcePositionTree",
    "derive_model_type",
    "is_valid_cron_string",
    "is_valid_strict_tag_value",
    "is_valid_tag_key",
    "keep_declarations",
    "loadable_targets_from_python_module",
    "parse_yamls_with_source_position",
    "place_of",
    "repository_def_from_target_def",
]


def place_of(declared: ComponentDecl[Any]) -> Any:
    """Where a component is declared: a `ComponentPath`, or what else Dagster has for one that is not in a file."""
    # Dagster before 1.13.5 calls it `path`.
    return getattr(declared, "loc", None) or getattr(declared, "path")  # noqa: B009


def keep_declarations(tree: ComponentTree) -> None:
    """Let the tree find each declaration at its place: it would go through all of them for each one that it loads."""
    for declared in tree.find_root_decl().iterate_all_component_decls():
        place = place_of(declared)
        if tree.state_tracker.get_cache_data(place).component_decl is None:
            tree.state_tracker.set_cache_data(place, component_decl=declared)
