"""Writers at once: a part is done when all of it is written, and never otherwise."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_assets.errors import UserError
from ddb_assets.restore.batch_writer import BatchWriter
from ddb_assets.restore.batches import Batch
from ddb_assets.restore.crew import Crew, writers_at
from ddb_assets.restore.snapshot_items import Part
from ddb_snapshot.items import Item
from ddb_snapshot.scanning.throttle import Pacer
from tests.profiles import cases


@dataclass(frozen=True)
class Numbered:
    """Parts of so many items; reading one of `broken` fails after its first item."""

    sizes: tuple[int, ...]
    broken: frozenset[int] = frozenset()
    location: str = "here"

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(Part(str(number), size) for number, size in enumerate(self.sizes))

    def read(self, part: Part) -> Iterator[Item]:
        for number in range(self.sizes[int(part.name)]):
            if number == 1 and int(part.name) in self.broken:
                raise UserError(f"part {part.name} is broken")
            yield {"id": {"S": f"{part.name}-{number}"}}


@dataclass
class Recorder:
    """A BatchWriter that keeps what it was given; batches with an item of `refused` parts fail."""

    refused: frozenset[int] = frozenset()
    texts: list[bytes] = field(default_factory=list)
    pacers: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    lock: Any = field(default_factory=threading.Lock)

    def write(self, batch: Batch, pacer: Pacer, stopped: Callable[[], bool]) -> None:
        with self.lock:
            assert id(pacer) not in self.busy
            self.busy.add(id(pacer))
            self.pacers.add(id(pacer))
        try:
            for number in self.refused:
                if f'"{number}-'.encode() in batch.items[0]:
                    raise UserError(f"part {number} is refused")
            with self.lock:
                self.texts += batch.items
        finally:
            with self.lock:
                self.busy.remove(id(pacer))


def run(items: Numbered, recorder: Recorder, rate: float = 1000.0) -> list[str]:
    done: list[str] = []

    def told(part: Part) -> None:
        written = [text for text in recorder.texts if f'"{part.name}-'.encode() in text]
        assert len(written) == part.items
        done.append(part.name)

    Crew(cast(BatchWriter, recorder), rate).write(items, items.parts, ["id"], told)
    return done


@settings(max_examples=cases(100), deadline=None)
@given(sizes=st.lists(st.integers(0, 120), max_size=8), rate=st.sampled_from([0.5, 60.0, 1000.0]))
def test_every_item_is_written_once_and_every_part_is_done_after_its_last_item(sizes: list[int], rate: float) -> None:
    recorder = Recorder()

    done = run(Numbered(tuple(sizes)), recorder, rate)

    assert sorted(done, key=int) == [str(number) for number in range(len(sizes))]
    assert len(recorder.texts) == len(set(recorder.texts)) == sum(sizes)
    assert len(recorder.pacers) <= writers_at(rate)


@pytest.mark.parametrize("last", [False, True])
def test_a_part_that_cannot_be_read_is_not_done(last: bool) -> None:
    done: list[str] = []
    items = Numbered((30, 30), broken=frozenset({int(last)}))
    with pytest.raises(UserError, match=f"part {int(last)} is broken"):
        Crew(cast(BatchWriter, Recorder()), 1000).write(items, items.parts, ["id"], lambda part: done.append(part.name))

    assert str(int(last)) not in done


@pytest.mark.parametrize("refused", range(4))
def test_a_part_that_cannot_be_written_is_not_done_and_ends_the_writing(refused: int) -> None:
    done: list[str] = []
    items, recorder = Numbered((30, 1, 300, 70)), Recorder(frozenset({refused}))
    with pytest.raises(UserError, match=f"part {refused} is refused"):
        Crew(cast(BatchWriter, recorder), 1000).write(items, items.parts, ["id"], lambda part: done.append(part.name))

    assert str(refused) not in done


def test_a_slow_rate_has_one_writer_and_a_fast_one_no_more_than_eight() -> None:
    assert [writers_at(rate) for rate in (1, 99, 100, 399, 400, 40_000)] == [1, 1, 2, 7, 8, 8]
