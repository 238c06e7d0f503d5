"""What is seen of a restore while it runs."""

import io

from rich.console import Console

from ddb_assets.commands.restore_progress import Lines, watching


class Clock:
    """Time that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_come_now_and_then_and_at_the_end() -> None:
    out, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=out, width=80), every=10, clock=clock)

    lines.say("Creating [table]")
    lines.began("Written", 1200, 200)
    for _ in range(10):
        clock.now += 4
        lines.advanced(100, 250.0)

    assert out.getvalue().splitlines() == [
        "Creating [table]",
        "Written: 500/1,200 items, 62 WCU/s",
        "Written: 800/1,200 items, 62 WCU/s",
        "Written: 1,100/1,200 items, 62 WCU/s",
        "Written: 1,200/1,200 items, 62 WCU/s",
    ]


def test_lines_of_a_snapshot_that_nobody_has_counted() -> None:
    out, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=out), every=10, clock=clock)

    lines.began("Read of the table", None, 0)
    clock.now = 11
    lines.advanced(5, 0.0)

    assert out.getvalue() == "Read of the table: 5 items\n"


def test_a_terminal_gets_a_bar_and_anything_else_gets_lines() -> None:
    for terminal, total in ((True, 3), (True, None), (False, 3)):
        out = io.StringIO()
        with watching(Console(file=out, force_terminal=terminal, width=120)) as watcher:
            watcher.advanced(0, 0.0)
            watcher.say("Beginning")
            watcher.began("Written", total, 1)
            watcher.advanced(2, 2.0)
            watcher.began("Read of the [table]", total, 0)
            watcher.advanced(3, 0.0)

        assert "Beginning" in out.getvalue()
        assert "Read of the [table]" in out.getvalue()
        assert ("━" in out.getvalue()) == terminal
        assert f"3{'/3' if total else ''} items" in out.getvalue()
