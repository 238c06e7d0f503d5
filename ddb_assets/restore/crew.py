"""Several writers at once, fed from one reader, which reads the parts of a snapshot one after another.

The rate is divided among the writers, each with a pacer of its own. A part may still be being written while the next
one is read; when its last batch has been written, and not before, it is done.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final

from ddb_assets.restore.batch_writer import BatchWriter
from ddb_assets.restore.batches import Batch, batches
from ddb_assets.restore.snapshot_items import Part, SnapshotItems
from ddb_snapshot.scanning.throttle import Pacer

# boto3's pool of connections holds ten.
_MOST_WRITERS: Final = 8
_LEAST_WCU_EACH: Final = 50.0
_BURST_SECONDS: Final = 2.0


def writers_at(rate: float) -> int:
    """How many writers share `rate` write units a second: more would wait more than they write."""
    return max(1, min(_MOST_WRITERS, int(rate / _LEAST_WCU_EACH)))


class Crew:
    """Writers of one table, at `rate` write units a second together."""

    def __init__(self, writer: BatchWriter, rate: float) -> None:
        self._size = writers_at(rate)
        self._writer = writer
        self._most_wcu = _BURST_SECONDS * rate / self._size
        self._pacers: SimpleQueue[Pacer] = SimpleQueue()
        for _ in range(self._size):
            self._pacers.put(Pacer(rate / self._size))
        # One batch in each writer's hands and one that waits for it: what is read is not more than that.
        self._room = threading.Semaphore(2 * self._size)
        self._stopped = threading.Event()

    def write(
        self, items: SnapshotItems, parts: Sequence[Part], keys: Sequence[str], done: Callable[[Part], None]
    ) -> None:
        """Write the parts; `done` is told of each that was written to its end, one at a time.

        Raises:
            UserError: an item can't be read or written. The parts of which `done` was not told are to be written again.
        """
        with ThreadPoolExecutor(self._size, thread_name_prefix="restore") as threads:
            given: list[Future[None]] = []
            try:
                for part in parts:
                    opened = _Opened(part, done)
                    for batch in batches(items.read(part), keys, self._most_wcu):
                        self._room.acquire()
                        given = [future for future in given if not _ended(future)]
                        opened.hold()
                        given.append(threads.submit(self._write, batch, opened))
                    opened.let_go()
                for future in given:
                    future.result()
            except BaseException:
                self._stopped.set()
                threads.shutdown(wait=True, cancel_futures=True)
                raise

    def _write(self, batch: Batch, opened: "_Opened") -> None:
        try:
            pacer = self._pacers.get()
            try:
                self._writer.write(batch, pacer, self._stopped.is_set)
            finally:
                self._pacers.put(pacer)
            opened.let_go()
        finally:
            self._room.release()


class _Opened:
    """A part that is held by its reader, and by each of its batches that isn't written yet."""

    _telling = threading.Lock()

    def __init__(self, part: Part, done: Callable[[Part], None]) -> None:
        self._part = part
        self._done = done
        self._holders = 1
        self._lock = threading.Lock()

    def hold(self) -> None:
        with self._lock:
            self._holders += 1

    def let_go(self) -> None:
        """The last one tells that the part is done. A batch that failed never lets go."""
        with self._lock:
            self._holders -= 1
            last = self._holders == 0
        if last:
            with self._telling:
                self._done(self._part)


def _ended(future: Future[None]) -> bool:
    """Whether it has; raises what it raised."""
    if not future.done():
        return False
    future.result()
    return True
