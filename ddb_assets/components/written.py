"""A defs.yaml as it is written: every scalar as the text that stands in the file.

YAML makes a number of `2024`, `0x10` and `1_000`, and a boolean of `yes`. Where an attribute is text, what counts is
what the person wrote, quoted or not; only `null`, `~` and nothing at all stay None.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from ddb_assets.dagster_internals import SourcePositionTree

_KEPT: Final = ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:null")


# PyYAML's loader in C reads the same several times faster; some installations are without it.
if TYPE_CHECKING:
    from yaml import SafeLoader as _Loader
else:
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Absent:
    """What stands for a place that is not in the file."""


ABSENT: Final = Absent()


def as_written(tree: SourcePositionTree | None, path: Iterable[str | int]) -> Any:
    """What stands at `path` in the YAML document whose positions Dagster gives, or `ABSENT`."""
    if tree is None or not Path(tree.position.filename).is_file():
        # Made in Python, or in Dagster's UI: there is no file.
        return ABSENT
    found = _document(Path(tree.position.filename), tree.position.start.line)
    for part in path:
        found = child(found, part)
    return found


def child(parent: Any, part: str | int) -> Any:
    """The member of a mapping or list, or `ABSENT`."""
    if isinstance(parent, Mapping):
        return parent.get(part, ABSENT)
    if isinstance(parent, list) and isinstance(part, int) and part < len(parent):
        return parent[part]
    return ABSENT


def _document(file: Path, line: int) -> Any:
    """The document of the file that begins in that line (from 1)."""
    loader = _AsWritten(file.read_text(encoding="utf-8"))
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None and node.start_mark.line + 1 == line:
                return loader.construct_document(node)
    finally:
        loader.dispose()
    return ABSENT


class _AsWritten(_Loader):
    yaml_implicit_resolvers: Final = {  # type: ignore[misc]
        first: [resolver for resolver in resolvers if resolver[0] in _KEPT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}
