"""What the job reads by each method of capture: an entry for each, by which its arguments are checked.

The module of a method's name in `ddb_snapshot.capture` has the reader itself, a function `capture`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reader:
    """A method of capture. It reads `least` to `most` native exports (None: any number), which are `exports_in_words`.

    One that `merges` reads a finished attempt besides.
    """

    name: str
    exports_in_words: str
    least: int = 0
    most: int | None = 0
    merges: bool = False

    def takes(self, exports: int) -> bool:
        """Whether it reads so many exports."""
        return self.least <= exports and (self.most is None or exports <= self.most)


READERS: Final = (
    Reader("scan", "no export"),
    Reader("export", "one full export", least=1, most=1),
    Reader("incremental", "one export or more", least=1, most=None, merges=True),
)
"""The first is what is done where no method is named."""


def reader(name: str) -> Reader | None:
    """The entry of that name, or None."""
    return next((one for one in READERS if one.name == name), None)
