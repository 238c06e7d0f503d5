"""How a command ends that can't do what it was asked: the last line of standard error is why."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from rich.console import Console
from rich.text import Text

from ddb_assets.commands.terminal import plain
from ddb_assets.errors import Interrupted, can_be_mended

_INTERRUPTED: Final = 130


@contextmanager
def ending_clearly(console: Console) -> Iterator[None]:
    """End the process with exit status 1, or 130 where the person interrupted it.

    What a person can mend is said alone; what nobody foresaw is said below its trace.
    """
    try:
        yield
    except Exception as error:
        if can_be_mended(error):
            _end(console, str(error), _INTERRUPTED if isinstance(error, Interrupted) else 1)
        from ddb_snapshot.problems import explain

        traceback.print_exc()
        _end(console, explain(error), 1)


def _end(console: Console, said: str, status: int) -> NoReturn:
    console.print(Text.assemble(("Error:", "bold red"), " ", plain(said)), soft_wrap=True)
    sys.exit(status)
