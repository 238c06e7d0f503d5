"""The census in Dagster: one line for each path, bounded."""

import json
from typing import Any

from ddb_assets.chain.census_metadata import MOST_PATHS, census_table
from ddb_snapshot.census import Census
from ddb_snapshot.tagged import read_lines


def census(*items: dict[str, Any]) -> Census:
    tagged, _ = read_lines("\n".join(json.dumps({"Item": item}) for item in items).encode())
    return Census.of(tagged)


def lines(found: Census) -> list[tuple[Any, ...]]:
    return [tuple(record.data.values()) for record in census_table(found).records]


def test_each_path_has_a_line_with_its_types_numbers_and_keys() -> None:
    found = census(
        {"id": {"S": "1"}, "n": {"N": "1"}, "m": {"M": {"a": {"N": "1.25"}}}, "l": {"L": [{"S": "x"}, {"NULL": True}]}},
        {"id": {"S": "2"}, "n": {"N": "123"}},
        {"id": {"S": "3"}, "n": {"S": "none"}},
    )

    assert lines(found) == [
        ("id", "S 3", "", ""),
        ("l", "L 1", "", ""),
        ("l[]", "NULL 1, S 1", "", ""),
        ("m", "M 1", "", "1"),
        ("m.a", "N 1", "decimals 1 (digits 1 + 2)", ""),
        ("n", "N 2, S 1", "integers 2 (digits 3)", ""),
    ]


def test_a_table_of_very_many_attributes_is_cut_and_says_so() -> None:
    found = census({f"a{number:05d}": {"S": "x"} for number in range(MOST_PATHS + 5)})

    shown = lines(found)

    assert len(shown) == MOST_PATHS + 1
    assert "manifest" in shown[-1][0]
