"""How often Glue is asked, by all processes together, while runs of its job are waited for or followed.

Each Dagster run is a process of its own, so no process can ask for the others. But each shows in S3 that it is at work,
before its run is started, by its Pipes messages (`ddb_assets.aws.job_messages`); so each knows how many they are.

The rule: with n tables at work, each asks again after 0.6 n to 0.9 n seconds, by chance in between. In any 0.6 n
seconds each has asked once at most, so all together ask at most n / (0.6 n) = 1.67 times a second, whatever n is. One
table is asked about every 0.6 to 0.9 s; of 100 each asks every 60 to 90 s, all together at most 100 times a minute.
Asking is GetJobRun for a run that is followed, and StartJobRun where Glue had no room: both keep to the one rule, so it
does not matter how many wait and how many run.

What a killed process has left in S3 counts until its table is captured again, or swept: then the others ask less often,
at the most as if all tables were at work. Projects that share a job, but neither bucket nor prefix, don't see each
other.
"""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from botocore.exceptions import ClientError

Say = Callable[[str], None]

SECONDS_FOR_EACH_TABLE: Final = 0.6
LONGEST_BY_CHANCE: Final = 1.5

_SAID_AGAIN_SECONDS: Final = 600.0
_THROTTLED: Final = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown")

_Answer = TypeVar("_Answer")


def pause_seconds(tables: int, by_chance: float) -> float:
    """How long one of so many tables pauses; `by_chance` is between 1 and `LONGEST_BY_CHANCE`."""
    return max(1, tables) * SECONDS_FOR_EACH_TABLE * by_chance


class Pace:
    """The pauses of one process. `at_work` tells how many tables are at work now, this process's own included."""

    def __init__(self, at_work: Callable[[], int], say: Say) -> None:
        self._at_work = at_work
        self._say = say
        self._waited_since_said: float | None = None

    def wait(self, reason: str = "") -> None:
        """Pause until Glue may be asked again. A reason is said once, and again after ten minutes."""
        if reason and (self._waited_since_said is None or self._waited_since_said >= _SAID_AGAIN_SECONDS):
            self._say(reason)
            self._waited_since_said = 0.0
        pause = pause_seconds(self._at_work(), random.uniform(1, LONGEST_BY_CHANCE))
        time.sleep(pause)
        if self._waited_since_said is not None:
            self._waited_since_said += pause

    def asked(self, ask: Callable[[], _Answer]) -> _Answer:
        """What `ask` gives; while Glue throttles, it is asked again and again."""
        while True:
            try:
                return ask()
            except ClientError as error:
                if not is_throttled(error):
                    raise
                self.wait(f"Glue throttles {error.operation_name}: asking again")


def is_throttled(error: ClientError) -> bool:
    """Whether AWS has done nothing, since it was asked too often. botocore's standard retries know the same codes."""
    return any(part in error.response["Error"]["Code"] for part in _THROTTLED)
