"""A component that makes chains, and what is wrong with any of a project's: all of it in one message.

Dagster loads one component after another and ends at the first that is refused. So the first looks at all the others.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakSet

import dagster as dg
from pydantic import BaseModel
from typing_extensions import Self

from ddb_assets.components.attributes import ComponentAttributes
from ddb_assets.components.meeting import Claim, meetings
from ddb_assets.dagster_internals import ComponentDecl, ComponentPath, ComponentTree, keep_declarations, place_of
from ddb_assets.errors import UserError, first_cause
from ddb_snapshot.problems import one_line


class ChainComponent(ComponentAttributes):
    """A component that makes chains: of a table, or of a group of tables."""

    def claims(self) -> Sequence[Claim]:
        """What it would be called by, everywhere."""
        raise NotImplementedError

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component.

        Raises:
            UserError: it is refused; what is wrong with the project's other chains is said too, a line for each thing.
        """
        if not _is_alone(context) and context.component_tree.state_tracker not in _kept:
            _kept.add(context.component_tree.state_tracker)
            keep_declarations(context.component_tree)
        try:
            return super().load(attributes, context)
        except UserError:
            tree = context.component_tree
            if _is_alone(context) or tree.state_tracker in _being_looked_at:
                raise
            raise UserError("\n".join(_mistakes(tree))) from None

    def require_no_meeting(self, context: dg.ComponentLoadContext) -> None:
        """Look at all chains of the project, once for each loading of it.

        Raises:
            UserError: names meet; for each, the files and tables, what both would be, and what to set.
        """
        tree = context.component_tree
        if not _is_alone(context) and tree.state_tracker in _without_mistakes:
            return
        alone = meetings([(self.place, self.claims())])
        if found := list(alone if _is_alone(context) else _mistakes(tree)):
            raise UserError("\n".join(found))
        if not _is_alone(context):
            _without_mistakes.add(tree.state_tracker)


def _is_alone(context: dg.ComponentLoadContext) -> bool:
    """Whether it is one that `dg.build_defs_for_component` builds: it has no declaration among others."""
    return not isinstance(context.component_decl, ComponentDecl)


def _mistakes(tree: ComponentTree) -> Iterator[str]:
    """A line for each thing: what is refused of a chain, then the names of the others that meet."""
    good: list[ChainComponent] = []
    _being_looked_at.add(tree.state_tracker)
    try:
        for declared in tree.find_root_decl().iterate_all_component_decls():
            try:
                if isinstance(declared.component_type, type) and issubclass(declared.component_type, ChainComponent):
                    component = tree.load_component(place_of(declared))
                    assert isinstance(component, ChainComponent)
                    good.append(component)
            except Exception as error:  # what Python makes can raise anything
                yield _said(declared, first_cause(error))
    finally:
        _being_looked_at.discard(tree.state_tracker)
    yield from meetings([(component.place, component.claims()) for component in good])


def _said(declared: ComponentDecl[Any], error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    place = place_of(declared)
    where = place.file_path if isinstance(place, ComponentPath) else place
    return f"{where}: {type(error).__name__}: {one_line(error)}"


_kept: WeakSet[Any] = WeakSet()
_without_mistakes: WeakSet[Any] = WeakSet()
_being_looked_at: WeakSet[Any] = WeakSet()
