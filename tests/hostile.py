"""Texts that mean something to somebody on the way: a shell, SQL, HTML, Markdown, a terminal, a template, a path."""

from hypothesis import strategies as st

TEXTS = [
    "'; DROP TABLE reviews; --", '" OR 1=1 --', "`reviews`", "``", "a`b``c", "$(reboot)", "${HOME}", "; reboot",
    "| id", "../../etc/passwd", "..", "/etc/passwd", "s3://another-bucket/key", "a/b", "\\", "%2e%2e%2f",
    "{{ env.SECRET }}", "{% raw %}", "{0}", "%s%n", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "&lt;", "]]>", "[link](javascript:alert(1))", "![image](http://attacker.example/seen)", "**bold**", "# Title",
    "| a | b |", "- item", "[bold red]red[/bold red]", "[/]", "[link=http://attacker.example]x[/link]", ":boom:",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://attacker.example\x07x", "\x9b31m",
    "\r\nERROR forged line", "\n", "a\nb", "\t", "\x08\x08\x08", "\x00", "\x7f", "\u202egnp.exe", "\u2066x", "\u2028",
    "\ufeff", "=1+1", "@SUM(A1)", "+1", "-1", "snapshot_timestamp", "ddb_nulls", "NULL", "true", " ", "'", '"',
    "\xe9", "📦", "x" * 255,
]  # fmt: skip
"""Each at most 255 bytes and none empty: all may be names of attributes."""


def texts() -> st.SearchStrategy[str]:
    """Hostile texts, their parts put together, and any text."""
    some = st.sampled_from(TEXTS)
    return st.one_of(some, st.lists(some, min_size=2, max_size=4).map("".join), st.text(min_size=1, max_size=40))


def attribute_names() -> st.SearchStrategy[str]:
    """Those that DynamoDB takes for the name of an attribute: UTF-8 of 1 to 255 bytes."""
    return texts().map(_cut).filter(bool)


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:255].decode("utf-8", "ignore")
