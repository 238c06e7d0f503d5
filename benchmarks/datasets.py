"""Items of the kinds that benchmarks are run on, as the bytes of Scan pages. The same on every machine."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

Item = dict[str, Any]
_PAGE_ITEMS = 500


@dataclass(frozen=True)
class DataSet:
    """A name, and pages of DynamoDB-JSON, one a line."""

    name: str
    pages: bytes
    items: int

    @property
    def megabytes(self) -> float:
        return len(self.pages) / 1e6


def flat(item_bytes: int, megabytes: float) -> DataSet:
    """Items of scalars, about `item_bytes` of DynamoDB-JSON each."""

    def item(chance: random.Random, number: int) -> Item:
        found: Item = {
            "id": {"S": f"item-{number:09d}"},
            "n": {"N": str(chance.randrange(10**6))},
            "price": {"N": _price(chance)},
        }
        filler = 0
        while len(orjson.dumps(found)) < item_bytes:
            found[f"text{filler:03d}"] = {"S": f"{chance.getrandbits(160):040x}"}
            filler += 1
        return found

    return _data_set(f"flat, {item_bytes:,} B", item, megabytes)


def nested(megabytes: float) -> DataSet:
    """Orders with an address, lines and tags: maps, lists and sets."""

    def item(chance: random.Random, number: int) -> Item:
        line = {"sku": {"S": f"SKU-{chance.randrange(1000)}"}, "quantity": {"N": str(chance.randrange(9))}}
        return {
            "id": {"S": f"order-{number:09d}"},
            "address": {"M": {"street": {"S": "High Street"}, "zip": {"S": str(chance.randrange(10**5))}}},
            "lines": {"L": [{"M": line} for _ in range(chance.randrange(1, 6))]},
            "tags": {"SS": sorted({chance.choice("abcdefgh") for _ in range(3)})},
            "total": {"N": _price(chance)},
        }

    return _data_set("nested", item, megabytes)


def sparse(attributes: int, of_each: int, megabytes: float) -> DataSet:
    """Items that have a few of very many attributes."""

    def item(chance: random.Random, number: int) -> Item:
        found: Item = {"id": {"S": f"item-{number:09d}"}}
        for name in chance.sample(range(attributes), of_each):
            found[f"attribute_{name:05d}"] = {"S": f"value {chance.randrange(10**6)}"}
        return found

    return _data_set(f"{of_each} of {attributes:,} attributes", item, megabytes)


def _price(chance: random.Random) -> str:
    """With the trailing zeros trimmed, as DynamoDB does."""
    return f"{chance.randrange(10**7) / 100:.2f}".rstrip("0").rstrip(".")


def _data_set(name: str, item: Callable[[random.Random, int], Item], megabytes: float) -> DataSet:
    chance = random.Random(20190101)
    lines: list[bytes] = []
    size = items = 0
    for page in _pages(item, chance):
        lines.append(orjson.dumps({"Items": page, "Count": len(page), "ScannedCount": len(page)}) + b"\n")
        size, items = size + len(lines[-1]), items + len(page)
        if size >= megabytes * 1e6:
            return DataSet(name, b"".join(lines), items)
    raise AssertionError("pages never end")


def _pages(item: Callable[[random.Random, int], Item], chance: random.Random) -> Iterator[list[Item]]:
    start = 0
    while True:
        yield [item(chance, number) for number in range(start, start + _PAGE_ITEMS)]
        start += _PAGE_ITEMS
