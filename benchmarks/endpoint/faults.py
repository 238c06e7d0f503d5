"""What goes wrong, and when: decided from the number of a Scan request and from who sent it."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("throttle", "500", "truncated", "garbage", "wrong crc", "no items", "reset", "expired", "gone")
"""throttle   ProvisionedThroughputExceededException
500        InternalServerError
truncated  the connection ends in the middle of the body
garbage    half a body, of which Content-Length and CRC32 are those of the whole one's half
wrong crc  a whole body under another CRC32
no items   a page without items whose LastEvaluatedKey goes on where the request began
reset      the connection is reset without an answer
expired    ExpiredTokenException
gone       ResourceNotFoundException"""


@dataclass(frozen=True)
class Faults:
    """Faults by request. The first Scan request is number 0; repeated requests count like any other.

    shares         of all Scan requests, for each kind, chosen at random from `seed`
    at             the kind for requests by number
    expired_after  from this request on, access keys used so far are expired; a new one is served
    gone_after     from this request on, the table is no longer there
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    at: Mapping[int, str] = field(default_factory=dict)
    expired_after: int | None = None
    gone_after: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for kind in (*self.shares, *self.at.values()):
            if kind not in KINDS:
                raise ValueError(f"no such fault: {kind!r}; known are {', '.join(KINDS)}")

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> "Faults":
        """Of a JSON object, whose keys are always text."""
        found = dict(fields)
        found["at"] = {int(number): kind for number, kind in dict(found.get("at") or {}).items()}  # type: ignore[call-overload]
        return cls(**found)  # type: ignore[arg-type]


class Chooser:
    """Says for each request in turn what goes wrong with it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._random = random.Random(faults.seed)
        self._lock = threading.Lock()
        self._number = 0
        self._known: set[str] = set()

    def next(self, access_key: str) -> str | None:
        """The fault of the next request, or None."""
        faults = self.faults
        with self._lock:
            number, self._number = self._number, self._number + 1
            drawn = self._random.random()
            if faults.expired_after is None or number < faults.expired_after:
                self._known.add(access_key)
            elif access_key in self._known:
                return "expired"
        if faults.gone_after is not None and number >= faults.gone_after:
            return "gone"
        if number in faults.at:
            return faults.at[number]
        for kind, share in faults.shares.items():
            if drawn < share:
                return kind
            drawn -= share
        return None
