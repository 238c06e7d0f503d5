"""A Dagster project as `dg` lays one out, and as the README shows it: a folder of defs.yaml files."""

import textwrap
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import dagster as dg

_numbers = count()

DEFINITIONS = """
from pathlib import Path
import dagster as dg
from ddb_assets import aws_resources

@dg.definitions
def defs():
    project = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(project, dg.Definitions(resources=aws_resources()))
"""


def write(folder: Path, files: Mapping[str, str], definitions: str = DEFINITIONS) -> Path:
    """Write a project whose defs folder has a folder for each of `files`, with that defs.yaml; the defs folder."""
    package = f"yaml_project_{next(_numbers)}"
    (folder / "pyproject.toml").write_text(
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n'
    )
    defs = folder / package / "defs"
    defs.mkdir(parents=True)
    (folder / package / "__init__.py").touch()
    (defs / "__init__.py").touch()
    (folder / package / "definitions.py").write_text(textwrap.dedent(definitions))
    for name, text in files.items():
        (defs / name).mkdir()
        (defs / name / "defs.yaml").write_text(text, encoding="utf-8")
    return defs


def table(lines: str) -> str:
    """A table's defs.yaml with these attributes."""
    return f"type: ddb_assets.DynamoDBTable\nattributes:\n{textwrap.indent(textwrap.dedent(lines).strip(), '  ')}\n"


def group(lines: str) -> str:
    """A group's defs.yaml with these attributes."""
    return table(lines).replace("DynamoDBTable", "DynamoDBTableGroup", 1)


def tree(folder: Path) -> dg.ComponentTree:
    """Dagster's tree of the project's components, read anew."""
    return dg.ComponentTree.for_project(folder)
