"""The model stands alone: what imports it pays for no service and no orchestrator."""

import subprocess
import sys
from pathlib import Path

import pytest

import ddb_assets.model

MODULES = sorted(path.stem for path in Path(*ddb_assets.model.__path__).glob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_the_model_needs_neither_dagster_nor_boto3(module: str) -> None:
    name = "ddb_assets.model" if module == "__init__" else f"ddb_assets.model.{module}"
    asked = f"import sys, {name}; print({{'dagster', 'boto3', 'botocore'}} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
