"""What an attribute is, as its annotation says: text, a list, a mapping of texts, a block of attributes, or a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


@dataclass(frozen=True)
class Text:
    """Text: what is written counts, and what a template gives is text."""


@dataclass(frozen=True)
class Value:
    """A number, a boolean, a choice between such: as YAML and Dagster's templates give it."""


@dataclass(frozen=True)
class List:
    of: "Kind"


@dataclass(frozen=True)
class TextMap:
    """Texts by names that are text."""


@dataclass(frozen=True)
class Block:
    """Attributes by their names."""

    cls: type[BaseModel]

    def kind_of(self, name: Any) -> "Kind":
        """The kind of an attribute; of one that is not known, a value."""
        return _fields(self.cls).get(name, Value())


Kind = Text | Value | List | TextMap | Block


@cache
def _fields(cls: type[BaseModel]) -> Mapping[str, Kind]:
    return {name: kind_of(field.rebuild_annotation()) for name, field in cls.model_fields.items()}


def kind_of(annotation: Any) -> Kind:
    """The kind that an annotation says."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(arguments[0])
    if origin in (Union, UnionType):
        (first, *others) = (argument for argument in arguments if argument is not NoneType)
        return Value() if others else kind_of(first)
    if annotation is str:
        return Text()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Block(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping) and arguments == (str, str):
        return TextMap()
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return List(kind_of(arguments[0]))
    return Value()
