"""How many cases a property was tried on is said at the end, also of a run that was interrupted: it can be cited."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

_CASES = "cases tried"
_COUNTED: pytest.StashKey[dict[str, int]] = pytest.StashKey()


@dataclass
class Tried:
    """The cases of one test so far."""

    cases: int = 0


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """A counter for a property to count its cases with."""
    count = Tried()
    yield count
    # For this process, and for the one that has this one as its worker.
    request.config.stash.setdefault(_COUNTED, {})[request.node.nodeid] = count.cases
    request.node.user_properties.append((_CASES, count.cases))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each property that counts."""
    counted = dict(config.stash.get(_COUNTED, {}))
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == _CASES:
                    counted[report.nodeid] = int(str(value))
    for test, number in counted.items():
        terminalreporter.write_line(f"{test}: {number:,} {_CASES}")
