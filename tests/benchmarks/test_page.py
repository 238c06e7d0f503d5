"""The page of measurements: numbers go between markers, everything else stays."""

from pathlib import Path

import pytest

from benchmarks import page


def test_text_around_a_section_stays_as_it_was_written(tmp_path: Path) -> None:
    written = tmp_path / "page.md"
    written.write_text("# Speed\n\n<!-- measured: a -->\n<!-- end: a -->\n\nBy hand.\n")

    for number in ("1", "2"):
        page.put("a", f"{number} MB/s", written)

    assert written.read_text() == "# Speed\n\n<!-- measured: a -->\n\n2 MB/s\n\n<!-- end: a -->\n\nBy hand.\n"


def test_section_without_a_place_is_refused(tmp_path: Path) -> None:
    written = tmp_path / "page.md"
    written.write_text("# Speed\n")

    with pytest.raises(page.MarkersMissing, match="measured: a"):
        page.put("a", "1 MB/s", written)


def test_pages_have_a_place_for_every_section() -> None:
    from benchmarks.sections import SECTIONS

    text = page.PAGE.read_text()
    assert all(f"<!-- measured: {name} -->" in text for name in (*SECTIONS, "machine", "targets"))


def test_numbers_are_kept_section_by_section(tmp_path: Path) -> None:
    kept = tmp_path / "page.json"
    page.keep("a", [1], kept)
    page.keep("b", {"c": 2.5}, kept)

    assert page.load(kept) == {"a": [1], "b": {"c": 2.5}}
