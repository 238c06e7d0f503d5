"""Each version's tests in a process of their own, and what they say at the end."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.glue_versions.environments import SAID


def pytest_collection_modifyitems(items: Iterable[Any]) -> None:
    for item in items:
        if (version := getattr(item, "callspec", None) and item.callspec.params.get("version")) is not None:
            item.add_marker(pytest.mark.xdist_group(version))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    for line in [value for report in reports for name, value in report.user_properties if name == SAID]:
        terminalreporter.line(line)
