"""The engine that answers local Athena's queries, made of the choice of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.athena.embedded import Embedded
from ddb_assets.local.athena.engine import Engine
from ddb_assets.local.athena.trino_engine import TrinoEngine
from ddb_assets.local.engine_choice import EMBEDDED, Choice
from ddb_assets.local.trino import catalog, server
from ddb_assets.local.trino.client import Address

TOKEN_VARIABLE = "DDB_ASSETS_TRINO_TOKEN"
"""The token for a Trino at a URL, where it wants one. Jobs that local AWS runs do not inherit it."""


@contextmanager
def engine(choice: Choice, endpoint: str, region: str, key: AccessKey) -> Iterator[Engine]:
    """The engine for the local AWS at `endpoint`; a Trino that was started for it ends with the block.

    Raises:
        LocalAwsError: there is no such Trino, or it can't be used.
    """
    if choice.name == EMBEDDED:
        yield Embedded()
    elif choice.url is not None:
        address = Address(choice.url, os.environ.pop(TOKEN_VARIABLE, None))
        catalog.attach(address, endpoint, region, key)
        yield TrinoEngine(address)
    else:
        with server.running(choice.folder) as address:
            catalog.attach(address, endpoint, region, key)
            yield TrinoEngine(address)
