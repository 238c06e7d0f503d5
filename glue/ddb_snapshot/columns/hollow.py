"""Values that say nothing about a type: NULL, `[]`, `{}`, and lists and maps that hold nothing but such.

A type is decided by the first value that has one. Here this is told from a census, for planning; `encode.hollow` tells
it of the values themselves.
"""

from ddb_snapshot.census import PathFacts


def hollow(facts: PathFacts) -> bool:
    """Whether none of the path's values has a type."""
    return all(tag == "NULL" or hollow_tag(facts, tag.removeprefix("J")) for tag in facts.counts)


def hollow_tag(facts: PathFacts, tag: str) -> bool:
    """Whether none of the path's values of one DynamoDB type says anything. Values that were read as text do."""
    if tag == "M":
        return not (facts.counts.get("JM") or facts.open_map) and all(map(hollow, facts.members.values()))
    if tag == "L":
        return not facts.counts.get("JL") and (facts.elements is None or hollow(facts.elements))
    return False


def list_kinds(facts: PathFacts) -> dict[str, int]:
    """The path's lists by the types of their elements, as in the census, but for elements that say nothing."""
    inside = facts.elements or PathFacts()
    silent = {tag for tag in ("L", "M") if hollow_tag(inside, tag)}
    kinds: dict[str, int] = {}
    for kind, count in facts.list_kinds.items():
        left = "|".join(tag for tag in kind.split("|") if tag and tag not in silent)
        if left:
            kinds[left] = kinds.get(left, 0) + count
    return kinds
