"""A pytest plugin for PyAthena's tests: Arrow's S3 filesystem goes where AWS_ENDPOINT_URL points.

PyAthena makes that filesystem without an endpoint, and Arrow takes none from the environment, so that it would ask
amazonaws.com. Everything else that PyAthena uses heeds the variable.
"""

import os
from typing import Any

import pyarrow.fs


class _AtTheEndpoint(pyarrow.fs.S3FileSystem):  # type: ignore[misc]
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"endpoint_override": os.environ["AWS_ENDPOINT_URL"], **options})


pyarrow.fs.S3FileSystem = _AtTheEndpoint
