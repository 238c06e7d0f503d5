"""Texts longer than a service takes, which moto takes: refused by the lengths that botocore's model of it has.

AWS says which member is too long, with its path in the request, and does nothing. Lengths are characters.
Source: botocore's service models. The words are those of AWS's answers; unproven for a map's keys and values.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape


def too_long(service: str, operation: str, request: dict[str, Any]) -> str | None:
    """What AWS says of the request's first text that is too long; None when it takes all of them."""
    shape = _model(service).operation_model(operation).input_shape
    return next(_complaints(shape, request, ""), None)


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _complaints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                own = name[:1].lower() + name[1:]
                yield from _complaints(member, value[name], f"{path}.{own}" if path else own)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for place, item in enumerate(value, 1):
            yield from _complaints(shape.member, item, f"{path}.{place}.member")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for which, part, texts in (("key", shape.key, value), ("value", shape.value, value.values())):
            for text in texts:
                if longest := _longest(part, text):
                    yield _said(path, f"Map {which} must satisfy constraint: [{_member(longest)}]")
    elif longest := _longest(shape, value):
        yield _said(path, _member(longest))


def _longest(shape: Shape, value: Any) -> int | None:
    """The limit that the value breaks."""
    limit = shape.metadata.get("max") if isinstance(shape, StringShape) and isinstance(value, str) else None
    return limit if limit is not None and len(value) > limit else None


def _member(limit: int) -> str:
    return f"Member must have length less than or equal to {limit}"


def _said(path: str, constraint: str) -> str:
    return f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {constraint}"
