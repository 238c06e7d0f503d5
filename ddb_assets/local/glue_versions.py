"""Environments with what AWS Glue has: a script runs in the one of its job's GlueVersion, where that is there.

`DDB_ASSETS_GLUE_ENVIRONMENTS` names a folder with a Python environment for each version, `5.0/bin/python` and so on, as
`make test-glue` makes them. Where there is none, a script runs in the environment of local AWS itself.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "DDB_ASSETS_GLUE_ENVIRONMENTS"

_VERSION: Final = re.compile(r"\d+\.\d+", re.ASCII)


def python_of(glue_version: str | None) -> Path | None:
    """The Python of this version's environment, or None when it isn't there."""
    folder = os.environ.get(VARIABLE)
    if not folder or not glue_version or not _VERSION.fullmatch(glue_version):
        return None
    python = Path(folder, glue_version, "bin", "python")
    return python if python.exists() else None


def for_the_server(environment: Mapping[str, str]) -> dict[str, str]:
    """The variable as the server needs it, which works in a folder of its own: an absolute path."""
    folder = environment.get(VARIABLE)
    return {VARIABLE: str(Path(folder).absolute())} if folder else {}
