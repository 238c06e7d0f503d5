"""How many cases a property was tried on is said at the end, so that it can be cited."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

_CASES = "cases tried"


@dataclass
class Tried:
    """The cases of one test so far."""

    cases: int = 0


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """A counter for a property to count its cases with."""
    count = Tried()
    yield count
    request.node.user_properties.append((_CASES, count.cases))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each property that counts."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                for name, value in report.user_properties:
                    if name == _CASES:
                        terminalreporter.write_line(f"{report.nodeid}: {value} {_CASES}")
