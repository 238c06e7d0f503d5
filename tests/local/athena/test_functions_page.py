"""`docs/local-aws.md` lists the functions that the embedded engine really has.

Written again with: python -m tests.local.athena.test_functions_page
"""

import textwrap
from collections.abc import Iterable
from pathlib import Path

from ddb_assets.local.athena.analysis.forms import FORMS
from ddb_assets.local.athena.functions import loaded

PAGE = Path(__file__).parents[3] / "docs" / "local-aws.md"
START, END = "<!-- The list of functions: made, not written. -->\n", "<!-- End of the list. -->\n"


def listed() -> str:
    """The three parts of the list."""
    return "\n".join(
        (
            _part("Of one row's values", [*loaded.SCALARS, *FORMS]),
            _part("Aggregates", loaded.AGGREGATES),
            _part("With `OVER` only", loaded.WINDOWS),
        )
    )


def _part(title: str, names: Iterable[str]) -> str:
    found = sorted(set(names))
    text = " ".join(f"`{name}`" for name in found)
    return f"{title} ({len(found)}):\n\n{textwrap.fill(text, 118, break_on_hyphens=False)}\n"


def parts() -> tuple[str, str, str]:
    """The page before the list, the list, and what follows it."""
    before, start, rest = PAGE.read_text(encoding="utf-8").partition(START)
    found, end, after = rest.partition(END)
    assert start, f"{PAGE} lacks the mark before the list"
    assert end, f"{PAGE} lacks the mark after the list"
    return before + start, found, end + after


def test_the_page_lists_the_functions_of_the_registry() -> None:
    _, found, _ = parts()
    assert found == listed()


if __name__ == "__main__":
    before, _, after = parts()
    PAGE.write_text(before + listed() + after, encoding="utf-8")
