"""What is printed for a person: text, whatever it holds. Markup is only what the code itself writes."""

from rich.text import Text

from ddb_snapshot.shown import visible


def plain(text: str, style: str = "") -> Text:
    """The text for rich to print as it is: no `[markup]`, no `:emoji:`, no control characters."""
    return Text(visible(text), style=style)
