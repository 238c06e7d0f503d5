"""The names of the job's arguments, and which other name is meant to be one of them.

Glue gives the script its own options as well, and has more of them with each version; so does Dagster Pipes. They
can't be listed, so any name passes that is not mistaken for one of ours: a misspelt option never passes silently.
"""

import re
from typing import Final

REQUIRED: Final = ("table_name", "read_percentage", "output_prefix", "output_format")
OPTIONAL: Final = (
    "snapshot_timestamp", "attempt", "database", "catalog_table", "column_options", "capture", "max_rcu", "max_lag",
    "exports", "previous",
)  # fmt: skip
OWN: Final = (*REQUIRED, *OPTIONAL)

# A slip of one letter in a short name, of two in one of eight letters or more.
_LONG: Final = 8
# Fewer letters of a word may be those of any other.
_LEAST_LETTERS: Final = 3
_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")


def meant_by(name: str) -> str | None:
    """The argument of ours that `name` misspells, or None: it is somebody else's.

    It is misspelt in another case, with dashes for underscores or without them, with a letter or two wrong, missing,
    too many or exchanged, and as some of its words, whole or cut off, in any order (`rcu_max`, `snapshot_tim`).
    """
    plain = _plain(name)
    for own in OWN:
        known = _plain(own)
        if name != own and (_slips(plain, known) <= (2 if len(known) >= _LONG else 1) or _is_part(name, own)):
            return own
    return None


def _plain(name: str) -> str:
    return re.sub(r"[-_]", "", name).lower()


def _is_part(name: str, own: str) -> bool:
    words, known = [word.lower().removesuffix("s") for word in _WORD.findall(name)], own.split("_")
    return (
        bool(words)
        and len(set(words)) == len(words)
        and all(len(word) >= _LEAST_LETTERS and any(whole.startswith(word) for whole in known) for word in words)
    )


def _slips(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many, or exchanged with the next: the optimal string alignment."""
    if abs(len(one) - len(other)) > 2:
        return 3
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, expected in enumerate(other, 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (letter != expected))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == expected:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
