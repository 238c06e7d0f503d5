"""docs/performance.md: what is measured goes between markers, what is explained around them stays as it was written."""

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
RESULTS = DOCS / "performance.json"


class MarkersMissing(ValueError):
    """The page has no place for a section."""


def put(section: str, markdown: str, page: Path = PAGE) -> None:
    """Write a section between its markers.

    Raises:
        MarkersMissing: names the lines that the page must have.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- measured: {section} -->", f"<!-- end: {section} -->"
    if begin not in text or end not in text.partition(begin)[2]:
        raise MarkersMissing(f"{page.name} has no lines {begin!r} and {end!r}: write them where {section} belongs")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{markdown.strip()}\n\n{end}{after}", encoding="utf-8")


def keep(section: str, result: Any, results: Path = RESULTS) -> None:
    """Write a section's numbers beside the page, for charts and calculations."""
    kept = load(results)
    kept[section] = result
    results.write_text(json.dumps(kept, indent=1, default=_plain) + "\n", encoding="utf-8")


def load(results: Path = RESULTS) -> dict[str, Any]:
    """What `keep` has written, by section."""
    found: dict[str, Any] = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    return found


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value)} can't be written as JSON")
