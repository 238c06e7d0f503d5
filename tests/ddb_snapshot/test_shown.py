"""What somebody else has chosen is shown as text: nothing in it is obeyed, and nothing is hidden."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ddb_snapshot.progress import PipesProgress, PlainProgress
from ddb_snapshot.shown import code_span, one_line, visible, visible_json
from tests.hostile import TEXTS, texts

# What a terminal is told, and what changes the order in which text is read.
OBEYED = {"Cc", "Zl", "Zp", "Cs"}
DIRECTION = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def obeyed(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in OBEYED or character in DIRECTION}


@given(texts() | st.text(st.characters()))
def test_nothing_is_obeyed(text: str) -> None:
    assert obeyed(visible(text)) <= {"\n", "\t"}
    assert obeyed(one_line(text)) == set()
    visible(text).encode()


@given(st.text(st.characters(exclude_categories=("C", "Z"))))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert visible(text) == one_line(text) == text


def test_what_is_obeyed_is_named() -> None:
    assert one_line("a\x1b[31m\r\n\u202eb\ud800\x9b") == "a\\x1b[31m\\r\\n\\u202eb\\ud800\\x9b"


@given(st.dictionaries(texts(), st.lists(texts())))
def test_json_means_the_same(value: dict[str, list[str]]) -> None:
    shown = visible_json(json.dumps(value, ensure_ascii=False, indent=2))

    assert json.loads(shown) == value
    assert obeyed(shown) <= {"\n"}


@given(texts())
def test_a_code_span_is_one_whatever_it_holds(text: str) -> None:
    """As CommonMark reads it, within a line that has other words."""
    (paragraph,) = [token for token in MarkdownIt().parse(f"Attribute {code_span(text)}.") if token.type == "inline"]
    assert paragraph.children is not None

    assert [token.type for token in paragraph.children] == ["text", "code_inline", "text"]
    assert paragraph.children[1].content == one_line(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_job_says_one_line_at_a_time(capsys: pytest.CaptureFixture[str], text: str) -> None:
    class Log:
        def info(self, message: str) -> None:
            print(message)

    class Pipes:
        log = Log()

    PlainProgress().say(text)
    PlainProgress().report({text: text})
    PipesProgress(Pipes()).say(text)

    out = capsys.readouterr().out
    assert out.count("\n") == 4
    assert obeyed(out) == {"\n"}
