"""What a value may be that is written in more than one place: in a defs.yaml, a run's config, a command, the job's
arguments, a variable of the environment.

Each is said here once, so that no place takes what another refuses.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Range:
    """The numbers from `least` to `most`, both among them."""

    least: float
    most: float

    def __contains__(self, number: float) -> bool:
        return self.least <= number <= self.most

    def __str__(self) -> str:
        return f"{self.least} to {self.most}"


SHARE: Final = Range(0.1, 1.0)
"""`read_percentage`: the share of a table's read capacity that is used."""

USUAL_SHARE: Final = 0.25
"""The share where none is asked for."""

LEAST_RCU: Final = 1
"""`max_rcu`: read units a second."""

LEAST_LAG_SECONDS: Final = 1
"""`max_lag`, as the job takes it."""

TABLE_NAME: Final = r"[A-Za-z0-9_.-]{3,255}"
"""A DynamoDB table's name. Source: Amazon DynamoDB developer guide, "Naming rules"."""

BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""An S3 bucket's name. Source: Amazon S3 user guide, "General purpose bucket naming rules"."""

MAP_KEYS: Final = Range(1, 5000)
"""`max_map_keys`: distinct keys of a map that is stored as a struct."""

DEPTH: Final = Range(1, 32)
"""`max_depth`: DynamoDB nests no deeper. Source: Amazon DynamoDB developer guide, "Quotas" (nested attribute depth)."""


def is_table_name(text: str) -> bool:
    """Whether a DynamoDB table may have that name."""
    return re.fullmatch(TABLE_NAME, text) is not None
