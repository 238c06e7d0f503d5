"""Pages read ahead in a thread, so that the next ones travel while the last ones are decoded."""

import queue
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from ddb_snapshot.scanning.scanner import Key, Page, Scanner
from ddb_snapshot.scanning.throttle import Pacer


def pages(
    scanner: Scanner, pacer: Pacer, start_after: Key | None, ahead: int, clock: Callable[[], float] = time.time
) -> Generator[Page, None, None]:
    """Every page of the scanner's segment after `start_after`, in order, at the pacer's pace.

    At most `ahead` pages, of about 1 MB each, wait to be taken; one at least. A page without items isn't the end.
    Closing the generator ends the reading: a request that is under way is the last, and isn't waited for.

    Raises:
        ScanFailed, botocore.exceptions.ClientError: as `Scanner.page` does, after the pages that came before.
    """
    if ahead < 1:
        raise ValueError(f"{ahead} pages ahead: at least one is needed")
    reading = _Reading(scanner, pacer, start_after, threading.Semaphore(ahead), clock)
    # A thread that may wait for a response must not keep the process from ending.
    threading.Thread(target=reading.run, name="read-ahead", daemon=True).start()
    try:
        while (page := reading.take()) is not None:
            yield page
    finally:
        reading.stop()


@dataclass(frozen=True)
class _Failed:
    error: BaseException


class _Reading:
    """The thread's side, and the queue between both."""

    def __init__(
        self,
        scanner: Scanner,
        pacer: Pacer,
        start_after: Key | None,
        room: threading.Semaphore,
        clock: Callable[[], float],
    ) -> None:
        self._scanner = scanner
        self._pacer = pacer
        self._next_key = start_after
        self._room = room
        self._clock = clock
        self._stopped = False
        self._read: queue.SimpleQueue[Page | _Failed | None] = queue.SimpleQueue()

    def take(self) -> Page | None:
        """The next page; None at the end."""
        read = self._read.get()
        if isinstance(read, _Failed):
            raise read.error
        self._room.release()
        return read

    def stop(self) -> None:
        """Let the thread end: it asks for no further page."""
        self._stopped = True
        self._room.release()

    def run(self) -> None:
        """Read until the end, until `stop`, or until a page can't be had."""
        try:
            while self._page():
                pass
            self._read.put(None)
        except BaseException as error:
            self._read.put(_Failed(error))

    def _page(self) -> bool:
        """Read one page when there is room for it; whether another one follows."""
        self._room.acquire()
        self._pacer.wait()
        if self._stopped:
            return False
        asked_at = self._clock()
        page = self._scanner.page(self._next_key, self._pacer.limit())
        page = replace(page, asked_at=asked_at, answered_at=self._clock())
        self._pacer.consumed(page.consumed_rcu, page.count, page.throttles, page.unaccounted)
        self._read.put(page)
        self._next_key = page.last_key
        return page.last_key is not None
