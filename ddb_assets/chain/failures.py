"""How an error that a person can mend appears in Dagster: as its message, without a retry."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from ddb_assets.errors import UserError


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn a `UserError` into the step's failure: retrying can't help, the message says what can."""
    try:
        yield
    except UserError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
