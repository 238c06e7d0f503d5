"""The attributes of a defs.yaml: read as they are written, templates rendered, checked once, refused by file and line.

Dagster's own templating turns every text that looks like a number into one, and checks a file before its templates are
rendered. So its model of the file (`model`) allows anything here, and what the class says of itself is checked when the
values are known. An attribute is text where its annotation says `str`, whatever its name.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import dagster as dg
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError, create_model
from typing_extensions import Self

from ddb_assets.components import kinds, templates
from ddb_assets.components.refusals import Path, Refusal, lines, of_validation
from ddb_assets.components.written import ABSENT, as_written, child
from ddb_assets.dagster_internals import ResolutionException, derive_model_type
from ddb_assets.errors import UserError


class Attributes(dg.Model, dg.Resolvable):
    """A block of a defs.yaml. Its fields are ordinary pydantic fields; nothing has to be said of text."""

    _place: str | None = PrivateAttr(default=None)

    @property
    def place(self) -> str:
        """`file:line` of the block, for messages."""
        return self._place or "made in Python"

    @classmethod
    def model(cls) -> type[BaseModel]:
        """What Dagster checks the file by, before templates are rendered: any mapping; its schema is the class's."""
        return _unchecked(cls)

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> Self:
        """The block, checked.

        Raises:
            UserError: it can't be; a line for each thing that is wrong, with file, line, key, and what to write.
        """
        raw = model.model_extra if isinstance(model, BaseModel) else model
        reading = _Reading(context)
        values = reading.read(kinds.Block(cls), raw, as_written(context.source_position_tree, context.path), ())
        try:
            block = cls.model_validate(values)
        except ValidationError as error:
            reading.refusals += of_validation(error, cls, values)
        if reading.refusals:
            raise UserError("\n".join(lines(reading.refusals, context.source_position_tree, context.path)))
        if context.source_position_tree is not None:
            block._place = str(context.source_position_tree.position)
        return block


class ComponentAttributes(dg.Component, Attributes):
    """The attributes of a component."""

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component; a file without `attributes` is told what it lacks, as any other."""
        loaded: Self = super().load(attributes or cls.model()(), context)
        return loaded


class _Reading:
    """One pass over a block. What can't be rendered is kept, and said with what is refused afterwards."""

    def __init__(self, context: dg.ResolutionContext) -> None:
        self.refusals: list[Refusal] = []
        self._context = context

    def read(self, kind: kinds.Kind, value: Any, written: Any, path: Path) -> Any:
        """The value of Dagster's YAML, or what is written in its place where the kind is text."""
        if isinstance(kind, kinds.Text):
            return self._text(value if written is ABSENT or value is None else written, path)
        if isinstance(kind, kinds.Block | kinds.TextMap) and isinstance(value, Mapping):
            return self._mapping(kind, value, written, path)
        if isinstance(kind, kinds.List) and isinstance(value, list | tuple):
            return [self.read(kind.of, one, child(written, at), (*path, at)) for at, one in enumerate(value)]
        return self._native(value, path)

    def _mapping(self, kind: "kinds.Block | kinds.TextMap", value: Mapping[Any, Any], written: Any, path: Path) -> Any:
        if isinstance(kind, kinds.Block):
            return {
                name: self.read(kind.kind_of(name), member, child(written, name), (*path, name))
                for name, member in value.items()
            }
        # Its keys are text as well, so that they too are what is written.
        members = written if isinstance(written, Mapping) else value
        return {name: self._text(member, (*path, name)) for name, member in members.items()}

    def _text(self, value: Any, path: Path) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return templates.render(value, self._context.scope)
        except templates.NotRendered as error:
            self.refusals.append(Refusal(path, str(error)))
            return value

    def _native(self, value: Any, path: Path) -> Any:
        try:
            return self._context.resolve_value(value)
        except ResolutionException as error:
            said = [line for line in str(error).splitlines() if line.strip()]
            self.refusals.append(Refusal(path, said[-1].strip() if said else "its template can't be rendered"))
            return value


@cache
def _unchecked(cls: type[Attributes]) -> type[BaseModel]:
    derived = derive_model_type(cls)

    class Unchecked(dg.Model):
        model_config = ConfigDict(extra="allow")

        @classmethod
        def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
            return handler(derived.__pydantic_core_schema__)

    return create_model(derived.__name__, __base__=Unchecked)
