"""How a command ends that can't do what it was asked: the last line of standard error is why."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from ddb_assets.errors import Interrupted, UserError
from ddb_assets.terminal import plain

# What services say of an access key that isn't known, or no longer: local AWS has another after each start.
_UNKNOWN_KEY = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})


@contextmanager
def ending_clearly(console: Console) -> Iterator[None]:
    """End the process with exit status 1, or 130 where the person interrupted it.

    What a person can mend is said alone; what nobody foresaw is said below its trace.
    """
    try:
        yield
    except UserError as error:
        _end(console, str(error), 130 if isinstance(error, Interrupted) else 1)
    except Exception as error:
        from ddb_snapshot.problems import explain

        if not _refused_key(error):
            traceback.print_exc()
        _end(console, explain(error), 1)


def _refused_key(error: Exception) -> bool:
    """Whether AWS doesn't know the access key: its message says all, and the trace nothing."""
    # Late, since botocore takes long to import.
    from botocore.exceptions import ClientError

    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _UNKNOWN_KEY


def _end(console: Console, said: str, status: int) -> None:
    console.print(Text.assemble(("Error:", "bold red"), " ", plain(said)), soft_wrap=True)
    sys.exit(status)
