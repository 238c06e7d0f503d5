"""`dg scaffold defs` writes a defs.yaml that loads, in the layout that `create-dagster` makes."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from ddb_assets import DynamoDBTable, DynamoDBTableGroup
from ddb_assets.components.scaffolds import GroupParams, GroupScaffolder, TableParams, TableScaffolder
from tests.components.yaml_project import DEFINITIONS

# What another process of the project's own says of it: nothing of this one is imported there.
KEYS = """
import sys
sys.path.insert(0, "src")
from my_lake.definitions import defs
print(*sorted(key.to_user_string() for key in defs().resolve_asset_graph().get_all_asset_keys()))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As `create-dagster project my-lake` writes it, with the definitions of the README."""
    (tmp_path / "src" / "my_lake" / "defs").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "my_lake"\n'
    )
    for module in ("__init__.py", "defs/__init__.py"):
        (tmp_path / "src" / "my_lake" / module).touch()
    (tmp_path / "src" / "my_lake" / "definitions.py").write_text(textwrap.dedent(DEFINITIONS))
    return tmp_path


def scaffold(
    project: Path, component: type[Any], scaffolder: dg.Scaffolder[Any], folder: str, params: BaseModel
) -> Any:
    target = project / "src" / "my_lake" / "defs" / folder
    target.mkdir()
    scaffolder.scaffold(dg.ScaffoldRequest(f"ddb_assets.{component.__name__}", target, "yaml", project, params))
    written: dict[str, Any] = yaml.safe_load((target / "defs.yaml").read_text())
    return written


def test_what_is_scaffolded_loads(project: Path) -> None:
    named = scaffold(project, DynamoDBTable, TableScaffolder(), "orders", TableParams(table_name="Customer-Orders"))
    unnamed = scaffold(project, DynamoDBTable, TableScaffolder(), "Reviews", TableParams())
    group = scaffold(project, DynamoDBTableGroup, GroupScaffolder(), "shop", GroupParams())

    assert named == {"type": "ddb_assets.DynamoDBTable", "attributes": {"table_name": "Customer-Orders"}}
    assert unnamed["attributes"] == {"table_name": "Reviews"}
    assert group["attributes"] == {"name": "shop", "tables": ["First-Table", "Second-Table"]}
    done = subprocess.run([sys.executable, "-c", KEYS], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    keys = done.stdout.split()
    assert {"dynamodb/Customer-Orders", "s3/reviews_files", "shop/first_table"} <= set(keys)


def test_a_folder_whose_name_is_too_short_for_a_table_names_a_longer_one(project: Path) -> None:
    assert scaffold(project, DynamoDBTable, TableScaffolder(), "t1", TableParams())["attributes"] == {
        "table_name": "Table-t1"
    }


def test_a_name_that_no_table_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="no/name"):
        TableParams(table_name="no/name")


def test_a_group_of_one_table_is_refused_before_a_file_that_does_not_load_is_written() -> None:
    with pytest.raises(ValidationError, match="at least 2 items"):
        GroupParams(tables=["Alone"])


@pytest.mark.parametrize(("component", "params"), [(DynamoDBTable, TableParams), (DynamoDBTableGroup, GroupParams)])
def test_the_components_have_their_scaffolders(component: type[Any], params: type[BaseModel]) -> None:
    from dagster.components.scaffold.scaffold import get_scaffolder

    scaffolder = get_scaffolder(component)
    assert isinstance(scaffolder, dg.Scaffolder)
    assert scaffolder.get_scaffold_params() is params
