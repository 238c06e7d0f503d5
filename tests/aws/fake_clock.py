"""Many threads on a clock that nobody waits for: it jumps to the next one that wakes, and one thread runs at a time."""

import heapq
import threading
from collections.abc import Callable, Sequence


class FakeClock:
    """`sleep` takes the place of `time.sleep` in the threads that `run` starts."""

    def __init__(self) -> None:
        self.now = 0.0
        self._turns: list[tuple[float, int, threading.Event]] = []
        self._count = 0
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        """Wait until the clock has come to the end of the pause."""
        turn = threading.Event()
        with self._lock:
            self._count += 1
            heapq.heappush(self._turns, (self.now + seconds, self._count, turn))
            self._next()
        turn.wait()

    def run(self, works: Sequence[Callable[[], None]], apart: float) -> None:
        """Run each to its end, begun so many seconds one after the other."""
        errors: list[BaseException] = []

        def thread(work: Callable[[], None], turn: threading.Event) -> None:
            turn.wait()
            try:
                work()
            except BaseException as error:
                errors.append(error)
            finally:
                with self._lock:
                    self._next()

        threads = []
        for number, work in enumerate(works):
            turn = threading.Event()
            self._count += 1
            heapq.heappush(self._turns, (number * apart, self._count, turn))
            threads.append(threading.Thread(target=thread, args=(work, turn), daemon=True))
        for one in threads:
            one.start()
        with self._lock:
            self._next()
        for one in threads:
            one.join()
        if errors:
            raise errors[0]

    def _next(self) -> None:
        if self._turns:
            self.now, _, turn = heapq.heappop(self._turns)
            turn.set()
