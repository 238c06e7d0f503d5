"""`make check` refuses an import that would bring a debt back: each is added to the graph of all imports in turn."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import configuration
from importlinter.application.use_cases import read_user_options
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

CONTRACT_TYPES = {
    one.type_name: one for one in (AcyclicSiblingsContract, ForbiddenContract, LayersContract, ProtectedContract)
}

ARROWS = (
    ("ddb_assets.aws.dynamodb", "ddb_assets.planning.plan"),
    ("ddb_assets.aws.dynamodb", "ddb_assets.chain.keys"),
    ("ddb_assets.planning.rates", "ddb_assets.aws.athena"),
    ("ddb_assets.model.table", "dagster"),
    ("ddb_assets.model.table", "boto3"),
    ("ddb_assets.model.table", "ddb_assets.planning.plan"),
    ("ddb_assets.restore.journal", "ddb_assets.verify.proof"),
    ("ddb_assets.verify.proof", "ddb_assets.restore.journal"),
    ("ddb_assets.reading.published", "ddb_assets.verify.proof"),
    ("ddb_assets.sweep.sweeping", "ddb_assets.commands.terminal"),
    ("ddb_assets.chain.snapshot", "ddb_assets.code_location"),
    ("ddb_assets.rewrite.rewriting", "rich"),
    ("ddb_assets.chain.checks", "ddb_assets.chain.raw_exports"),
    ("ddb_snapshot.job", "botocore"),
    ("ddb_snapshot.raw_answer", "ddb_snapshot.scanning.page_body"),
    ("ddb_snapshot.manifest", "ddb_assets.model.table"),
)
"""Who must not import what."""


def test_there_is_none_of_them_now() -> None:
    graph = _graph()

    assert not [arrow for arrow in ARROWS if graph.direct_import_exists(importer=arrow[0], imported=arrow[1])]
    assert _broken(graph) == []


@pytest.mark.parametrize(("importer", "imported"), ARROWS, ids=" to ".join)
def test_one_that_comes_back_breaks_a_contract(importer: str, imported: str) -> None:
    graph = _graph()
    graph.add_import(importer=importer, imported=imported)
    try:
        broken = _broken(graph)
    finally:
        graph.remove_import(importer=importer, imported=imported)

    assert broken


def test_every_folder_has_its_place_among_the_layers() -> None:
    layers = next(options for options in _contracts() if options["type"] == "layers")["layers"]
    placed = {name.strip() for layer in layers for name in layer.split("|")}

    there = {module.partition(".")[2] for module in _graph().find_children("ddb_assets")}
    assert placed <= there
    assert there - placed <= {"samples", "sample_history", "sample_past"}


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("ddb_assets", "ddb_snapshot", include_external_packages=True, cache_dir=None)


def _broken(graph: grimp.ImportGraph) -> list[str]:
    """The names of the contracts that the imports break."""
    session = {"root_packages": ["ddb_assets", "ddb_snapshot"], "include_external_packages": "True"}
    broken = []
    for options in _contracts():
        own = {name: value for name, value in options.items() if name not in ("name", "type")}
        contract = CONTRACT_TYPES[options["type"]](options["name"], session, own)
        # A contract takes the imports that it ignores out of its graph.
        if not contract.check(deepcopy(graph), verbose=False).kept:
            broken.append(options["name"])
    return broken


@cache
def _contracts() -> tuple[dict[str, Any], ...]:
    configuration.configure()
    options = read_user_options(str(Path(__file__).parents[2] / "pyproject.toml"))
    return tuple(options.contracts_options)
