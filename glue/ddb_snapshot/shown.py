"""Text that somebody else has chosen, made ready for a person's eye: names and values of items, messages with them.

A terminal obeys control characters (colours, titles, the cursor, more), a log takes a line break for a new entry, and
marks of direction let text be read in another order than it has. All of them are shown as what they are: `\\x1b`.
"""

import re
from typing import Final

# Controls of C0 and C1, marks and overrides of direction, line and paragraph separators, what is not text at all.
_UNSEEN: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_OBEYED: Final = re.compile(f"[{_UNSEEN}]")
_OBEYED_IN_A_LINE: Final = re.compile(f"[\t\n{_UNSEEN}]")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text with every character shown that a terminal would obey; lines stay lines, and tabs tabs."""
    return _OBEYED.sub(_escaped, text)


def one_line(text: str) -> str:
    """The same in one line, for a log."""
    return _OBEYED_IN_A_LINE.sub(_escaped, text)


def visible_json(text: str) -> str:
    """JSON that means the same and has no character that a terminal would obey."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def code_span(text: str) -> str:
    """The text as code in Markdown, where nothing of it is markup. Source: CommonMark, "Code spans"."""
    shown = one_line(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    # One space at each end is dropped by whoever renders it: it parts the text's own backticks from the fence.
    parted = shown.strip() and (shown[0] in "` " or shown[-1] in "` ")
    return f"{fence} {shown} {fence}" if parted else f"{fence}{shown}{fence}"


def _escaped(found: "re.Match[str]") -> str:
    character = found[0]
    number = ord(character)
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
