"""What of a project's YAML files Dagster can't read at all, so that it looks at none of the rest.

All of it is told together, as what is refused of files that can be read: file, line, key, and what to write.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

import ddb_assets
from ddb_assets.components.refusals import Refusal, lines, of_validation
from ddb_assets.dagster_internals import (
    ComponentFileModel,
    ValueAndSourcePositionTree,
    parse_yamls_with_source_position,
)

_NAMES: Final = ("defs.yaml", "component.yaml")
_OURS: Final = "ddb_assets."

_KEY: Final = re.compile(r"(?P<indent>[ \t-]*)(?P<key>[A-Za-z_][\w-]*) *:(?: |$)")
_ADVICE: Final = (
    "Text that holds `: ` or ` #`, or begins with one of * & ! % @ ` [ ] { } | > ? , goes in quotes; what is opened, a "
    "quote or a bracket, is closed; the keys of a block begin in one column, behind spaces, not tabs"
)


def unreadable(folder: Path) -> Iterator[str]:
    """A line for each thing in the YAML files below the folder."""
    for file in sorted(path for name in _NAMES for path in folder.rglob(name)):
        yield from _in_file(file)


def _in_file(file: Path) -> Iterator[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        yield f"{file}: is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8"
        return
    try:
        documents = list(parse_yamls_with_source_position(text, str(file)))
    except yaml.MarkedYAMLError as error:
        mark = _mark(error)
        yield _placed(file, text, mark.line if mark else 0, _said(error))
        return
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n")
        yield _placed(file, text, line, f"character {error.character:#x} can't be in YAML: {error.reason}; take it out")
        return
    except TypeError:
        # A key that is a mapping or a list, which Python can't have: a template without quotes is read as that.
        line = next(_strange_keys(text), 0)
        yield _placed(file, text, line, "a template goes in quotes, as in '{{ env.TABLE }}'")
        return
    if not documents:
        yield f"{file}: is empty: write `type: {_OURS}DynamoDBTable`, and below it `attributes:` with a `table_name`"
    for document in documents:
        yield from lines(list(_of_document(document)), document.source_position_tree, ())


def _of_document(document: ValueAndSourcePositionTree) -> Iterable[Refusal]:
    value = document.value
    try:
        ComponentFileModel.model_validate(value)
    except ValidationError as error:
        return of_validation(error, ComponentFileModel, value)
    kind, ours = value["type"], ddb_assets.COMPONENTS
    if kind.startswith(_OURS) and kind.removeprefix(_OURS) not in ours:
        return [Refusal(("type",), f"{kind!r} is no component: write {' or '.join(_OURS + one for one in ours)}")]
    return []


def _mark(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Where it was opened, if it is something that was not closed; else where reading ended."""
    opened = re.search(r"flow|quoted", error.context or "")
    return error.context_mark if opened and error.context_mark else error.problem_mark


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it can't be read"
    if alias := re.search(r"undefined alias '(.*)'", problem):
        return (
            f"`*{alias[1]}` stands for a value that is marked with `&{alias[1]}` further up, and none is: where the "
            f"text is meant, write it in quotes, '*{alias[1]}'"
        )
    if "recursive" in problem:
        return "an alias here (`*name`) stands for a block that it is in itself: write out what is meant"
    if tag := re.search(r"constructor for the tag '(.*)'", problem):
        return f"`{tag[1]}` is a tag that is not known here: leave it out, or write the text that is meant in quotes"
    context = f"{error.context}: " if error.context else ""
    return f"this can't be read as YAML ({context}{problem}). {_ADVICE}"


def _placed(file: Path, text: str, line: int, said: str) -> str:
    key = ".".join(_keys(text.splitlines()[: line + 1]))
    return ": ".join(filter(None, (f"{file}:{line + 1}", key, said)))


def _keys(read: list[str]) -> list[str]:
    """The keys that the last of the lines is below, as indentation tells: the file can't be read as YAML."""
    found: list[str] = []
    least = None
    for line in reversed(read):
        if key := _KEY.match(line):
            indent = len(key["indent"].replace("\t", ""))
            if least is None or indent < least:
                found.insert(0, key["key"])
                least = indent
    return found


def _strange_keys(text: str) -> Iterator[int]:
    """The lines, from 0, of keys that are no text."""
    nodes: list[yaml.Node] = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node]
    seen: set[int] = set()
    while nodes:
        node = nodes.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    yield key.start_mark.line
                nodes.append(value)
