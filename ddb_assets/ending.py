"""How a command ends that can't do what it was asked: the last line of standard error is why."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from ddb_assets.errors import Interrupted, UserError


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

        traceback.print_exc()
        _end(console, explain(error), 1)


def _end(console: Console, said: str, status: int) -> None:
    console.print(f"[bold red]Error:[/bold red] {escape(said)}", soft_wrap=True)
    sys.exit(status)
