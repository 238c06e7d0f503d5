"""The census of a snapshot as Dagster shows it: a table with a line for each attribute path."""

from collections.abc import Iterator

import dagster as dg

from ddb_snapshot.census import Census, NumberFacts, PathFacts
from ddb_snapshot.shown import one_line

MOST_PATHS = 500
"""Lines of the table; Dagster keeps metadata with each event. The manifest has the whole census."""


def census_table(census: Census) -> dg.TableMetadataValue:
    """Which DynamoDB types each path has and how often, what its numbers need, how many keys its maps have."""
    lines: list[dg.TableRecord] = []
    for path, facts in _paths(census):
        if len(lines) == MOST_PATHS:
            lines.append(dg.TableRecord({"path": "… more in the manifest", "types": "", "numbers": "", "keys": ""}))
            break
        lines.append(
            dg.TableRecord(
                {
                    "path": one_line(path),
                    "types": _types(facts),
                    "numbers": _numbers(facts.numbers),
                    "keys": _keys(facts),
                }
            )
        )
    names = ("path", "types", "numbers", "keys")
    return dg.MetadataValue.table(lines, dg.TableSchema([dg.TableColumn(name, "string") for name in names]))


def _paths(census: Census) -> Iterator[tuple[str, PathFacts]]:
    """Every path, an attribute before what is inside it; `[]` stands for the elements of a list."""
    for attribute, facts in sorted(census.attributes.items()):
        yield from _below(attribute, facts)


def _below(path: str, facts: PathFacts) -> Iterator[tuple[str, PathFacts]]:
    yield path, facts
    for key, member in sorted(facts.members.items()):
        yield from _below(f"{path}.{key}", member)
    if facts.elements is not None and facts.elements.counts:
        yield from _below(f"{path}[]", facts.elements)


def _types(facts: PathFacts) -> str:
    """`N 2,713, S 187`: the most frequent first. Maps and lists that were read as text count as what they are."""
    counts: dict[str, int] = {}
    for tag, count in facts.counts.items():
        counts[tag.removeprefix("J")] = counts.get(tag.removeprefix("J"), 0) + count
    return ", ".join(f"{tag} {count:,}" for tag, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _numbers(numbers: NumberFacts) -> str:
    """`integers 3 (digits 5); decimals 2 (digits 7 + 2)`: the most digits before and after the point."""
    said = []
    if numbers.integers:
        said.append(f"integers {numbers.integers:,} (digits {numbers.integer_digits})")
    if numbers.decimals:
        said.append(f"decimals {numbers.decimals:,} (digits {numbers.before_point} + {numbers.after_point})")
    if numbers.others:
        said.append(f"beyond decimal(38,18) {numbers.others:,}")
    return "; ".join(said)


def _keys(facts: PathFacts) -> str:
    if facts.open_map:
        return "open: keys are data"
    return f"{len(facts.members):,}" if facts.members else ""
