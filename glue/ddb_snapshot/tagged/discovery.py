"""Learning new paths from items, and taking sealed values out as text.

These look at Python objects, so they run only for blocks that hold something new or something sealed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from ddb_snapshot.tagged.schema import SCALAR_TAGS, SET_TAGS, Limits, Node, TaggedSchema

Item = dict[str, Any]
_FLAT = frozenset(SCALAR_TAGS + SET_TAGS)


def grow(schema: TaggedSchema, items: Iterable[Item]) -> TaggedSchema:
    """The schema with all paths of these items. Raises ValueError for a tag that DynamoDB doesn't have."""
    attributes = {key: node.copy() for key, node in schema.attributes.items()}
    learner = _Learner(schema.limits, sum(_paths(node) for node in attributes.values()))
    for item in items:
        for key, value in item.items():
            node = attributes.get(key)
            if node is None:
                node = attributes[key] = Node()
            learner.learn(node, value, 1)
    return TaggedSchema(schema.limits, attributes, schema.page_keys)


def _paths(node: Node) -> int:
    below = sum(1 + _paths(child) for child in (node.members or {}).values())
    return below + (1 + _paths(node.elements) if node.elements else 0)


class _Learner:
    def __init__(self, limits: Limits, nodes: int) -> None:
        self.limits, self.nodes = limits, nodes

    def learn(self, node: Node, value: Mapping[str, Any], depth: int) -> None:
        for tag, inner in value.items():
            if tag in node.tags:
                continue
            if tag in _FLAT:
                node.tags.add(tag)
            elif tag == "M":
                self._learn_map(node, inner, depth)
            elif tag == "L":
                self._learn_list(node, inner, depth)
            else:
                raise ValueError(f"{tag!r} is not a DynamoDB type")

    def _learn_map(self, node: Node, inner: Mapping[str, Any], depth: int) -> None:
        if node.sealed_map:
            return
        if depth > self.limits.max_depth:
            node.seal_map()
            return
        members = node.members = {} if node.members is None else node.members
        for key, value in inner.items():
            child = members.get(key)
            if child is None:
                if len(members) >= self.limits.max_map_keys or self.nodes >= self.limits.max_nodes:
                    self.nodes -= _paths(node)
                    node.seal_map()
                    return
                self.nodes += 1
                child = members[key] = Node()
            self.learn(child, value, depth + 1)

    def _learn_list(self, node: Node, inner: list[Any], depth: int) -> None:
        if node.sealed_list:
            return
        if depth > self.limits.max_depth:
            node.seal_list()
            return
        elements = node.elements
        if elements is None:
            self.nodes += 1
            elements = node.elements = Node()
        for value in inner:
            self.learn(elements, value, depth + 1)


def taken_out(schema: TaggedSchema, items: Iterable[Item]) -> Iterator[Item]:
    """The items, with sealed values not of the known shape as text. Raises KeyError for an unknown key."""
    sealed = schema.sealed
    for item in items:
        keys = item.keys() & sealed.keys()
        yield {**item, **{key: _taken_out(sealed[key], item[key]) for key in keys}} if keys else item


def _taken_out(node: Node, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value with its sealed parts as text."""
    if "M" in value:
        members = value["M"]
        if node.sealed_map and not _known_map(node, members):
            return {"JM": _text(value)}
        known = node.members or {}
        return {"M": {key: _taken_out(known[key], inner) for key, inner in members.items()}}
    if "L" in value:
        elements = value["L"]
        if node.sealed_list and not _known_list(node, elements):
            return {"JL": _text(value)}
        return {"L": [_taken_out(node.elements, inner) for inner in elements]} if node.elements else value
    return value


def _text(value: Mapping[str, Any]) -> str:
    """The value's DynamoDB-JSON. A map has no order, so equal maps have equal texts: members by their keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _known(node: Node, value: Mapping[str, Any]) -> bool:
    """Whether the value has a shape that the node describes."""
    for tag, inner in value.items():
        if tag == "M":
            if not (node.sealed_map or _known_map(node, inner)):
                return False
        elif tag == "L":
            if not (node.sealed_list or _known_list(node, inner)):
                return False
        elif tag not in node.tags:
            return False
    return True


def _known_map(node: Node, members: Mapping[str, Any]) -> bool:
    known = node.members
    return known is not None and all(key in known and _known(known[key], inner) for key, inner in members.items())


def _known_list(node: Node, elements: list[Any]) -> bool:
    inside = node.elements
    return inside is not None and all(_known(inside, inner) for inner in elements)
