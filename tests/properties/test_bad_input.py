"""What DynamoDB allows and formats stumble over goes the whole way: job, files, catalog, Athena, and back."""

from typing import Any

import pytest

from ddb_snapshot.formats import OUTPUT_FORMATS
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item
from tests.profiles import cases
from tests.properties.history import History, check


def nested(levels: int, kind: str) -> dict[str, Any]:
    """A value with this many levels of maps or lists."""
    value: dict[str, Any] = {"S": "deep"}
    for _ in range(levels):
        value = {"M": {"d": value}} if kind == "M" else {"L": [value]}
    return value


def attributes(**values: dict[str, Any]) -> list[Item]:
    return [{"id": {"S": "1"}, **values}]


NULL = {"NULL": True}
TEXTS = ["".join(map(chr, range(256))), "\\N", "\\n", "\n", "\r\n", ",", '"', "\u2028", "\ufeff", "\ud7ff", "NaN"]
NAMES = [
    "a.b", "a b", " ", "📦", '"', "'", "`", "\\", "$path", "x" * 255, "é" * 127, "select", "from", "order", "date",
    "1st", "2024-01-01", "-", "_", ":", "a:b", "a,b", "<int>", "a>b", ";", "--", "/*", "%", "#", "Name", "NAME", "name",
    "snapshot_timestamp", "ddb_nulls", "null", "true", "\n", "\t", "struct<a:int>",
]  # fmt: skip
NUMBERS = [
    "1E+125", "-1E+125", "9.9999999999999999999999999999999999999E+125", "1E-130", "-1E-130", "-0", "0", "0.0", "-0.0",
    "0." + "0" * 129 + "1", "9" * 38, "-" + "9" * 38, "0." + "9" * 38, "9" * 20 + "." + "9" * 18, "1" + "0" * 37,
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.1", "100", "1E2", "1.10",
]  # fmt: skip

BAD: dict[str, list[list[Item]]] = {
    "empty values": [
        attributes(s={"S": ""}, b={"B": ""}, m={"M": {}}, l={"L": []}, ll={"L": [{"L": []}]}, lm={"L": [{"M": {}}]}),
        attributes(s={"S": ""}, m={"M": {"a": {"S": ""}}}, l={"L": [{"S": ""}]}, ll={"L": [{"L": [{"S": ""}]}]}),
    ],
    "empty maps and lists that never hold more": [
        attributes(m={"M": {}}, l={"L": []}, mm={"M": {"m": {"M": {}}}}, ml={"M": {"l": {"L": []}}}),
        attributes(m={"M": {}}, l={"L": []}, mm={"M": {"m": {"M": {}}}}, ml={"M": {"l": {"L": []}}}),
    ],
    "NULL next to values": [
        [
            {"id": {"S": "1"}, "a": {"NULL": True}, "m": {"M": {"x": {"NULL": True}}}, "l": {"L": [{"NULL": True}]}},
            {"id": {"S": "2"}, "a": {"N": "1"}, "m": {"M": {"x": {"N": "1"}}}, "l": {"L": [{"N": "1"}, NULL]}},
            {"id": {"S": "3"}, "m": {"NULL": True}, "l": {"NULL": True}},
            {"id": {"S": "4"}, "m": {"M": {}}, "l": {"L": []}},
        ],
        attributes(a={"NULL": True}, only={"NULL": True}, deep={"L": [{"M": {"x": {"NULL": True}}}]}),
    ],
    "32 levels": [
        # The item is the first level.
        attributes(m=nested(31, "M"), l=nested(31, "L"), seven=nested(7, "M"), eight=nested(8, "M")),
    ],
    "names": [
        [{"id": {"S": "1"}, **{name: {"S": name} for name in NAMES}}],
        [{"id": {"S": "1"}, "m": {"M": {name: {"N": str(at)} for at, name in enumerate(NAMES)}}}],
    ],
    "numbers": [
        [{"id": {"S": str(at)}, "n": {"N": number}} for at, number in enumerate(NUMBERS)],
        [{"id": {"S": str(at)}, "n": {"N": number}, f"n{at}": {"N": number}} for at, number in enumerate(NUMBERS)],
        attributes(ns={"NS": ["1E+125", "9" * 38, "0"]}, nl={"L": [{"N": number} for number in NUMBERS]}),
    ],
    "binary": [
        attributes(b={"B": "AA=="}, bs={"BS": ["AA==", "/w==", ""]}, m={"M": {"b": {"B": "gICA"}}}),
        [
            {"id": {"S": str(at)}, "b": {"B": text}, "l": {"L": [{"B": text}]}}
            for at, text in enumerate(["", "DQo=", "LFwi", "XE4=", "/+8=", "AAECAwQFBgcICQoLDA0ODxAREhM="])
        ],
    ],
    "texts": [
        [
            {"id": {"S": str(at)}, "s": {"S": text}, "l": {"L": [{"S": text}]}, "ss": {"SS": [text]}}
            for at, text in enumerate(TEXTS)
        ],
    ],
    "one name, every type": [
        [
            {"id": {"S": tag}, "v": {tag: value}, "m": {"M": {"v": {tag: value}}}, "l": {"L": [{tag: value}]}}
            for tag, value in {
                "S": "1", "N": "1", "B": "MQ==", "BOOL": True, "NULL": True, "SS": ["1"], "NS": ["1"], "BS": ["MQ=="],
                "M": {"a": {"S": "1"}}, "L": [{"S": "1"}],
            }.items()
        ],
    ],
}  # fmt: skip


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@pytest.mark.parametrize("bad", BAD)
def test_bad_input_goes_the_whole_way(local_aws: LocalAws, output_format: str, bad: str) -> None:
    with History(local_aws, output_format) as lived:
        for items in BAD[bad]:
            lived.snapshot(items)
        check(lived)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_every_attribute_of_a_wide_table_has_its_column(local_aws: LocalAws, output_format: str) -> None:
    """As many different attributes as the profile has cases for a property: 100, or 10,000 by night."""
    width = cases(100)
    items = [
        {"id": {"S": str(start)}, **{f"attribute {at}": {"S": str(at)} for at in range(start, start + 50)}}
        for start in range(0, width, 50)
    ]
    with History(local_aws, output_format) as lived:
        taken = lived.snapshot(items)
        assert len(taken.manifest.columns) == width + 1
        check(lived)
