"""Prints the names that the job uses of packages and this environment's releases don't have; run by its Python."""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES = {"boto3", "botocore", "fastavro", "isal", "numpy", "orjson", "py4j", "pyarrow", "pyspark"}


def used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules, and the names of theirs that a module's text has."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            base, _, rest = ast.unparse(node).partition(".")
            # A name of what a call has given is no name of a module's.
            if base in modules and rest.replace(".", "").isidentifier():
                yield modules[base], rest


def is_there(module: str, name: str) -> bool:
    try:
        found: Any = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            found = getattr(found, part)
    except AttributeError:
        try:
            importlib.import_module(f"{module}.{name}")
        except ImportError:
            return False
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    for file in sorted(Path(sys.argv[1]).rglob("*.py")):
        for module, name in sorted(set(used(ast.parse(file.read_text())))):
            if module.partition(".")[0] in PACKAGES and not is_there(module, name):
                print(f"{file.name}: {module}.{name}")
