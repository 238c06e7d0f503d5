"""What is wrong in a defs.yaml, a line for each thing: file, line, key, what it is, and what to write."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ddb_assets.components import kinds
from ddb_assets.components.written import ABSENT, child
from ddb_assets.dagster_internals import SourcePositionTree

Path = tuple[str | int, ...]
"""Keys and indices from the block's top."""


class RefusedAt(ValueError):
    """Raised by a validator that looks at several attributes: refuses the one that the path names from its block."""

    def __init__(self, path: Path, said: str) -> None:
        super().__init__(said)
        self.path = path


@dataclass(frozen=True)
class Refusal:
    path: Path
    said: str


def of_validation(error: ValidationError, cls: type[BaseModel], values: Any) -> list[Refusal]:
    """What pydantic refuses of the values of `cls`."""
    found: dict[Path, Refusal] = {}
    for problem in error.errors():
        said: Mapping[str, Any] = problem
        missing = said["type"] == "missing"
        path = said["loc"] if missing else _there(values, said["loc"])
        cause = said.get("ctx", {}).get("error")
        path = (*path, *cause.path) if isinstance(cause, RefusedAt) else path
        owner, field = _field(cls, path)
        # Of a value that may be one of several kinds pydantic says each: the first stands for all.
        found.setdefault(path, Refusal(path, _said(said, path, owner, field)))
    return list(found.values())


def lines(refusals: Sequence[Refusal], tree: SourcePositionTree | None, below: Sequence[str | int]) -> Iterator[str]:
    """A line for each, in the file's order; of one place the first alone. Their paths begin `below` the file's top."""
    first: dict[Path, Refusal] = {}
    for refusal in refusals:
        first.setdefault(refusal.path, refusal)
    if tree is None:
        yield from (f"{_key(below, refusal)}: {refusal.said}" for refusal in first.values())
        return
    placed = [(tree.lookup_closest_and_path([*below, *refusal.path], None)[0], refusal) for refusal in first.values()]
    for position, refusal in sorted(placed, key=lambda one: one[0].start):
        yield ": ".join(filter(None, (str(position), _key(below, refusal), refusal.said)))


def _key(below: Sequence[str | int], refusal: Refusal) -> str:
    return ".".join(map(str, (*below, *refusal.path)))


def _there(values: Any, loc: Iterable[str | int]) -> Path:
    """As much of the place as is in the values: pydantic appends what it tried."""
    path: list[str | int] = []
    for part in loc:
        values = child(values, part)
        if values is ABSENT:
            break
        path.append(part)
    return tuple(path)


def _field(cls: type[BaseModel], path: Path) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost block on the path, and the attribute of it that the path names."""
    field = None
    for part in path:
        if not isinstance(part, str) or part not in cls.model_fields:
            break
        field = cls.model_fields[part]
        kind = kinds.kind_of(field.rebuild_annotation())
        if not isinstance(kind, kinds.Block) or part == path[-1]:
            break
        cls, field = kind.cls, None
    return cls, field


def _said(problem: Mapping[str, Any], path: Path, owner: type[BaseModel], field: FieldInfo | None) -> str:
    value, about = problem["input"], _about(field)
    match problem["type"]:
        case "missing":
            return f"is missing{about}"
        case "extra_forbidden":
            close = get_close_matches(str(path[-1]), owner.model_fields, 1)
            meant = f" Is `{close[0]}` meant?" if close else ""
            return f"there is no such key.{meant} Known are {', '.join(owner.model_fields)}"
        case "string_type" if value is None:
            return f"is empty, or its template's variable is not set: write a text, '' for an empty one{about}"
        case "string_type":
            return f"{value!r} is not a text: write one, in quotes{about}"
        case "string_pattern_mismatch":
            return f"{value!r} does not match {problem['ctx']['pattern']}{about}"
        case "model_type" | "model_attributes_type":
            return f"{value!r} is not a block: write its keys below it, each in a line{about}"
        case "is_instance_of" | "list_type" | "sequence_str" if not isinstance(value, list):
            return f"{value!r} is not a list: write each member in a line, behind a dash{about}"
        case "mapping_type" | "dict_type":
            return f"{value!r} does not give names to values: write `name: value`, each in a line{about}"
        case "value_error":
            return f"{problem['ctx']['error']}"
    return f"{value!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}{about}"


def _about(field: FieldInfo | None) -> str:
    if field is None or not field.description:
        return ""
    examples = f" Such as {', '.join(repr(one) for one in field.examples)}." if field.examples else ""
    return f". {field.description.rstrip('.')}.{examples}"
