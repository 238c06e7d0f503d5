"""What is printed for a person: text, whatever it holds. Markup is only what the code itself writes."""

from typing import Final

from rich.console import Console
from rich.text import Text

from ddb_snapshot.shown import visible

OUT: Final = Console()
ERR: Final = Console(stderr=True)


def plain(text: str, style: str = "") -> Text:
    """The text for rich to print as it is: no `[markup]`, no `:emoji:`, no control characters."""
    return Text(visible(text), style=style)


def say(text: str, console: Console = OUT) -> None:
    """A line for a person: as text, whatever names and values it holds."""
    console.print(plain(text), soft_wrap=True)
