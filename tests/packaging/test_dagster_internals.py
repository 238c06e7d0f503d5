"""What Dagster doesn't document is imported in one module, and works with the release that is installed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddb_assets import dagster_internals
from tests.packaging.extras import ROOT
from tests.packaging.internals import USES, broken_by


@pytest.mark.parametrize("use", USES)
def test_what_dagster_does_not_document_works_in_this_release(use: str) -> None:
    assert broken_by(USES[use]) is None


def test_no_other_module_imports_what_dagster_does_not_document() -> None:
    inside = Path(dagster_internals.__file__)
    found = {
        str(file.relative_to(ROOT)): names
        for file in (ROOT / "ddb_assets").rglob("*.py")
        if file != inside and (names := sorted(set(_undocumented(file))))
    }

    assert found == {}


def _undocumented(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
        yield from (name for name in modules if name.startswith(("dagster.", "dagster_shared")))
