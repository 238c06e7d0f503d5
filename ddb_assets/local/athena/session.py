"""What one statement runs with: the catalog, the data, the schema its names are looked up in, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from ddb_assets.local import access_key
from ddb_assets.local.athena.catalog import Catalog
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.storage import Storage

DEFAULT_DATABASE = "default"


@dataclass(frozen=True)
class Session:
    """One statement's surroundings."""

    catalog: Catalog
    storage: Storage
    database: str
    progress: Progress
    results: str = ""
    """The result location, without a slash at its end."""
    query_id: str = ""
    narrows: bool = True
    """Whether the catalog is asked with an expression; the answers are the same either way."""


def open_session(
    endpoint: str, region: str, database: str | None, progress: Progress, results: str = "", query_id: str = ""
) -> Session:
    """A session that reaches the Data Catalog and S3 as any client of the server does."""
    glue, storage = _clients(endpoint, region)
    return Session(
        Catalog(glue), storage, (database or DEFAULT_DATABASE).lower(), progress, results.rstrip("/"), query_id
    )


@lru_cache(maxsize=16)
def _clients(endpoint: str, region: str) -> tuple[Any, Storage]:
    """Clients are safe to share between threads, and slow to make."""
    key = access_key.own()
    session = boto3.session.Session(key.id, key.secret, region_name=region)
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, max_pool_connections=32)
    glue, s3 = (session.client(name, endpoint_url=endpoint, config=config) for name in ("glue", "s3"))
    return glue, Storage(s3, endpoint, region, key)
