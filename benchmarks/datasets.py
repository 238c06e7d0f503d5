"""Items of the kinds that benchmarks are run on, as DynamoDB-JSON. The same on every machine."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import orjson

from benchmarks.endpoint.table import Table, item_size

Item = dict[str, Any]
Maker = Callable[[random.Random, int], Item]

SIZES = (100, 400, 4_000, 100_000)
"""Bytes of DynamoDB-JSON an item, about."""

_SEED = 20190101
_CORPUS_CHARACTERS = 8_000_000
_MOST_TEXTS = 24
_STATES = ("new", "paid", "packed", "sent", "delivered", "returned")


@dataclass(frozen=True)
class DataSet:
    """A name, and a table."""

    name: str
    table: Table

    @property
    def items(self) -> int:
        return len(self.table)

    @property
    def pages(self) -> bytes:
        """A scan's pages, a line each: `{"Items":[…]}`."""
        return b"".join([b'{"Items":[%b]}\n' % bytes(page) for page in self.table.pages()])

    @property
    def megabytes(self) -> float:
        """Of JSON."""
        return len(self.table.text) / 1e6


def flat(item_bytes: int, megabytes: float) -> DataSet:
    """Scalars: a key, an integer, a decimal, a state; in larger items also a boolean, an instant, a name and texts."""
    texts = min(_MOST_TEXTS, max(0, (item_bytes - 260) // 130))
    text_characters = (item_bytes - 260) // texts - 22 if texts else 0

    def item(chance: random.Random, number: int) -> Item:
        made: Item = {
            "id": {"S": f"item-{number:09d}"},
            "n": {"N": str(chance.randrange(10**6))},
            "price": {"N": _price(chance)},
            "state": {"S": chance.choice(_STATES)},
        }
        if item_bytes < 400:
            return made
        made["active"] = {"BOOL": chance.random() < 0.9}
        made["created"] = {"S": _instant(chance)}
        made["customer"] = {"S": f"{chance.getrandbits(128):032x}"}
        if chance.random() < 0.7:
            made["weight"] = {"N": f"{chance.randrange(1, 10**5) / 1000:g}"}
        for text in range(texts):
            made[f"text{text:02d}"] = {"S": _text(chance, text_characters)}
        return made

    return _data_set(f"flat, {item_bytes:,} B", item, megabytes)


def nested(item_bytes: int, megabytes: float) -> DataSet:
    """Orders: an address with a place in it, as many lines as the size allows, sets of tags and of numbers."""
    if item_bytes < 400:
        return _data_set(f"nested, {item_bytes:,} B", _small_order, megabytes)
    lines = max(1, (item_bytes - 330) // 132)
    fewest, most = max(1, lines // 2), max(1, lines * 3 // 2)

    def item(chance: random.Random, number: int) -> Item:
        place = {"lat": {"N": f"{chance.randrange(-9000, 9000) / 100:g}"}, "lon": {"N": str(chance.randrange(180))}}
        address = {
            "street": {"S": _text(chance, 16)},
            "zip": {"S": f"{chance.randrange(10**5):05d}"},
            "place": {"M": place},
        }
        return {
            "id": {"S": f"order-{number:09d}"},
            "address": {"M": address},
            "lines": {"L": [{"M": _order_line(chance)} for _ in range(chance.randint(fewest, most))]},
            "tags": {"SS": sorted({chance.choice("abcdefgh") for _ in range(3)})},
            "ratings": {"NS": sorted({str(chance.randrange(10)) for _ in range(3)})},
            "paid": {"BOOL": chance.random() < 0.5},
            "total": {"N": _price(chance)},
        }

    return _data_set(f"nested, {item_bytes:,} B", item, megabytes)


SHAPES: Final[Mapping[str, Callable[[int, float], DataSet]]] = {"flat": flat, "nested": nested}
"""What makes a data set of so many bytes an item and so many megabytes in all."""


def sparse(attributes: int, of_each: int, megabytes: float) -> DataSet:
    """Items that have a few of very many attributes."""

    def item(chance: random.Random, number: int) -> Item:
        made: Item = {"id": {"S": f"item-{number:09d}"}}
        for name in chance.sample(range(attributes), of_each):
            made[f"attribute_{name:05d}"] = {"S": f"value {chance.randrange(10**6)}"}
        return made

    return _data_set(f"{of_each} of {attributes:,} attributes", item, megabytes)


def repeated(data: DataSet, times: int) -> DataSet:
    """The same items so many times, each time under other ids: made far faster than as many new ones."""
    table = data.table
    head = table.text[: table.text.index(b"-") + 1]
    texts = [table.text.replace(head + b"0", head + b"%d" % number) for number in range(times)]
    ends = [table.ends + number * (len(table.text) + 1) for number in range(times)]
    until = [table.until + number * table.bytes for number in range(times)]
    return DataSet(data.name, Table(b",".join(texts), np.concatenate(ends), np.concatenate(until), table.key))


def _small_order(chance: random.Random, number: int) -> Item:
    parcel = {"n": {"N": str(chance.randrange(10))}, "to": {"S": chance.choice(_STATES)}}
    return {"id": {"S": f"order-{number:09d}"}, "parcel": {"M": parcel}, "tags": {"SS": [chance.choice("abcdefgh")]}}


def _order_line(chance: random.Random) -> Item:
    return {
        "sku": {"S": f"SKU-{chance.randrange(10**4):05d}"},
        "quantity": {"N": str(chance.randrange(1, 9))},
        "price": {"N": _price(chance)},
        "gift": {"BOOL": chance.random() < 0.1},
        "note": {"S": _text(chance, 24)},
    }


def _price(chance: random.Random) -> str:
    """With the trailing zeros trimmed, as DynamoDB does."""
    return f"{chance.randrange(10**7) / 100:.2f}".rstrip("0").rstrip(".")


def _instant(chance: random.Random) -> str:
    day, second = chance.randrange(1, 29), chance.randrange(86400)
    return (
        f"2026-{chance.randrange(1, 13):02d}-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    )


def _text(chance: random.Random, characters: int) -> str:
    corpus = _corpus()
    start = chance.randrange(len(corpus) - characters)
    return corpus[start : start + characters]


@cache
def _corpus() -> str:
    """Text of invented words, some frequent and most rare as in a language, with a few quotes and accents."""
    chance = random.Random(_SEED)
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 9))) for _ in range(5_000)]
    words[100], words[200], words[300] = "café", '"quoted"', "naïve"
    frequencies = [1 / rank for rank in range(1, len(words) + 1)]
    return " ".join(chance.choices(words, frequencies, k=_CORPUS_CHARACTERS // 6))


def _data_set(name: str, item: Maker, megabytes: float) -> DataSet:
    texts: list[bytes] = []
    sizes: list[int] = []
    length = 0
    for made in _items(item):
        text = orjson.dumps(made)
        texts.append(text)
        sizes.append(item_size(made))
        length += len(text) + 1
        if length >= megabytes * 1e6:
            break
    return DataSet(name, Table.of_texts(texts, sizes))


def _items(item: Maker) -> Iterator[Item]:
    chance = random.Random(_SEED)
    number = 0
    while True:
        yield item(chance, number)
        number += 1
