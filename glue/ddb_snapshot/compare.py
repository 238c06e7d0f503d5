"""Two collections of items compared, item by item by key, in memory that doesn't grow with them.

Both sides are written to a temporary file each, in buckets by a hash of the key, so that what belongs together is in
buckets of the same number; then one pair of buckets after another is held in memory. Items are written in one
normal form, in which equal items are equal bytes.
"""

import hashlib
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal

import orjson
import pyarrow as pa

from ddb_snapshot.items import Item
from ddb_snapshot.numbers import spelled

BUCKETS: Final = 512
"""Pairs of buckets: a table of 50 GB needs about 100 MB for each."""

_BUFFERED_BYTES: Final = 64 * 1024
_SHOWN: Final = 60

Kind = Literal["missing", "extra", "different"]


class KeyMissing(ValueError):
    """An item without one of the key attributes."""

    def __init__(self, attribute: str, item: Item) -> None:
        super().__init__(
            f"an item has no key attribute {attribute!r}; it has {', '.join(map(repr, list(item)[:8])) or 'none'}. "
            "Name the table's own key attributes"
        )


@dataclass(frozen=True)
class Difference:
    """One attribute of one item, or a whole item, that isn't the same. Values are DynamoDB-JSON, shortened.

    `missing` and `extra` speak of the actual side; `attribute` is "" where a whole item is meant.
    """

    kind: Kind
    key: str
    attribute: str = ""
    expected: str = ""
    actual: str = ""

    def __str__(self) -> str:
        if not self.attribute:
            return f"{self.kind}: {self.key} {self.actual or self.expected}".rstrip()
        return f"different: {self.key}, attribute {self.attribute!r}: {self.expected} became {self.actual}"


@dataclass(frozen=True)
class Comparison:
    """What was compared, how much of it differs in items, and the first differences."""

    expected: int
    actual: int
    missing: int
    extra: int
    different: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether both sides hold the same items, each once."""
        return not (self.missing or self.extra or self.different)


def compare(
    expected: Iterable[Item],
    actual: Iterable[Item],
    keys: Sequence[str],
    listed: int = 20,
    buckets: int = BUCKETS,
    spelling: bool = False,
) -> Comparison:
    """Compare DynamoDB-JSON items by their key attributes; at most `listed` differences are kept, all are counted.

    The value of a number counts, not its spelling; the order of a set's elements doesn't. Bytes may be bytes or base64.
    With `spelling`, the actual side's numbers must be spelled as DynamoDB spells them, too.

    Raises:
        KeyMissing: an item lacks a key attribute.
    """
    counts: dict[Kind, int] = {"missing": 0, "extra": 0, "different": 0}
    differences: list[Difference] = []
    with (
        _Spilled(expected, keys, buckets) as before,
        _Spilled(actual, keys, buckets, as_spelled if spelling else spelled) as after,
    ):
        for bucket in range(buckets):
            for found in _differing(before.bucket(bucket), after.bucket(bucket)):
                counts[found[0].kind] += 1
                differences += found[: max(0, listed - len(differences))]
        return Comparison(before.items, after.items, **counts, differences=tuple(differences))


def as_spelled(number: str) -> str:
    """The number's text as it is."""
    return number


def normal(value: Any, number: Callable[[str], str] = spelled) -> Any:
    """A DynamoDB-JSON value in the form in which equal ones are equal JSON; `number` spells the numbers in it."""
    ((tag, inner),) = value.items()
    match tag:
        case "N":
            return {tag: number(inner)}
        case "B":
            return {tag: _base64(inner)}
        case "SS":
            return {tag: sorted(inner)}
        case "NS":
            return {tag: sorted(map(number, inner))}
        case "BS":
            return {tag: sorted(map(_base64, inner))}
        case "L":
            return {tag: [normal(element, number) for element in inner]}
        case "M":
            return {tag: {key: normal(member, number) for key, member in inner.items()}}
    return {tag: inner}


class _Spilled:
    """One side's items on disk, in buckets; each bucket is a list of compressed blocks of the one file."""

    def __init__(
        self, items: Iterable[Item], keys: Sequence[str], buckets: int, number: Callable[[str], str] = spelled
    ) -> None:
        self.items = 0
        self._file: BinaryIO = tempfile.TemporaryFile(prefix="ddb-compare-")  # noqa: SIM115  # closed by __exit__
        self._blocks: list[list[tuple[int, int, int]]] = [[] for _ in range(buckets)]
        waiting: list[list[bytes]] = [[] for _ in range(buckets)]
        sizes = [0] * buckets
        try:
            for item in items:
                key, text = _key(item, keys), _dumped({name: normal(value, number) for name, value in item.items()})
                bucket = int.from_bytes(hashlib.blake2b(key, digest_size=4).digest(), "big") % buckets
                waiting[bucket] += (key, text)
                sizes[bucket] += len(key) + len(text)
                self.items += 1
                if sizes[bucket] >= _BUFFERED_BYTES:
                    self._write(bucket, waiting[bucket])
                    waiting[bucket], sizes[bucket] = [], 0
            for bucket, lines in enumerate(waiting):
                if lines:
                    self._write(bucket, lines)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "_Spilled":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def bucket(self, number: int) -> dict[bytes, list[bytes]]:
        """The bucket's items, as normal JSON, by key."""
        found: dict[bytes, list[bytes]] = {}
        for offset, stored, raw in self._blocks[number]:
            self._file.seek(offset)
            lines = pa.decompress(self._file.read(stored), raw, "zstd", asbytes=True).split(b"\n")
            for key, text in zip(lines[::2], lines[1::2], strict=True):
                found.setdefault(key, []).append(text)
        return found

    def _write(self, bucket: int, lines: list[bytes]) -> None:
        # JSON holds no line feed, so it can separate.
        raw = b"\n".join(lines)
        stored = pa.compress(raw, "zstd", asbytes=True)
        self._blocks[bucket].append((self._file.tell(), len(stored), len(raw)))
        self._file.write(stored)


def _differing(
    expected: Mapping[bytes, list[bytes]], actual: Mapping[bytes, list[bytes]]
) -> Iterator[list[Difference]]:
    """The differences of one pair of buckets, those of each item together."""
    for key in [*expected, *(key for key in actual if key not in expected)]:
        before, after, name = expected.get(key, []), actual.get(key, []), key.decode()
        if len(after) < len(before):
            yield [Difference("missing", name, expected=_times(before, after))]
        elif len(after) > len(before):
            yield [Difference("extra", name, actual=_times(after, before))]
        elif sorted(before) != sorted(after):
            yield _attributes(name, orjson.loads(before[0]), orjson.loads(after[0]))


def _times(more: list[bytes], fewer: list[bytes]) -> str:
    """What to say of a key that one side holds more often; only a broken side holds one twice."""
    return "" if len(more) == 1 else f"(there {len(more)} times, not {len(fewer)})"


def _attributes(key: str, before: Item, after: Item) -> list[Difference]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        Difference("different", key, name, *_shown(_text(before.get(name)), _text(after.get(name))))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _text(value: Any) -> str:
    return "nothing" if value is None else _dumped(value).decode()


def _shown(before: str, after: str) -> tuple[str, str]:
    """Both values cut to what can be read, around the place where they begin to differ."""
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = max(0, same - _SHOWN // 2) if max(len(before), len(after)) > _SHOWN else 0
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    return ("…" if start else "") + text[start : start + _SHOWN] + ("…" if len(text) > start + _SHOWN else "")


def _key(item: Item, keys: Sequence[str]) -> bytes:
    for name in keys:
        if name not in item:
            raise KeyMissing(name, item)
    return orjson.dumps({name: normal(item[name]) for name in keys})


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _base64(value: str | bytes) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else value
