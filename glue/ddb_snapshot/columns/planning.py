"""The plan: which columns a snapshot needs, given its census and the columns that were published before.

Known columns come first, in their order, and never change but for struct fields appended at the end. What none of them
holds gets a further column. Within one attribute and DynamoDB type, every value belongs to the first column, in catalog
order, that holds it exactly.
"""

from collections.abc import Iterable, Mapping, Sequence

from ddb_snapshot import types
from ddb_snapshot.census import Census, PathFacts
from ddb_snapshot.columns.choice import Chooser, values_by_tag
from ddb_snapshot.columns.column import NULLS, Column
from ddb_snapshot.columns.hollow import hollow, hollow_tag
from ddb_snapshot.columns.numeric import unseen_number_type
from ddb_snapshot.columns.options import ColumnOptions
from ddb_snapshot.columns.reservations import TOP, keeping_names, kept_names
from ddb_snapshot.names import RESERVED_COLUMNS


class PinConflict(ValueError):
    """A pin that contradicts a published column."""


def plan(
    census: Census,
    known: Sequence[Column],
    options: ColumnOptions | None = None,
    keys: Sequence[str] | Mapping[str, str] = (),
) -> tuple[Column, ...]:
    """The columns of a snapshot: `known`, struct fields appended where needed, then new ones.

    New columns are ordered by attribute, the table's `keys` first; given as a mapping to their DynamoDB types (`S`,
    `N`, `B`), keys get a column also when there is no item. An attribute whose values are all NULL, `[]` or `{}` gets
    none, unless it is pinned; its name is kept. The nulls column is added with the first value that is told there.
    Raises PinConflict if a pin differs from what is published.
    """
    options = options or ColumnOptions()
    kept = kept_names(known)
    chooser = Chooser(options, kept)
    attributes = dict(census.attributes)
    # An increment may have no item with an attribute that waits and has been pinned since.
    for attribute in [*keys, *(waiting for waiting in kept.get(TOP, {}) if waiting in options.columns)]:
        attributes.setdefault(attribute, PathFacts())
    planned = chooser.members(
        attributes,
        [types.Field(column.name, column.attribute, column.type) for column in known if not column.holds_nulls],
        preset=_Top(options, keys),
        reserved=RESERVED_COLUMNS,
        order=[*keys],
    )
    evolved = {field.name: Column(field.name, field.attribute, field.type) for field in planned}
    columns = [column if column.holds_nulls else evolved.pop(column.name) for column in known]
    columns += evolved.values()
    if NULLS not in columns and any_pointer(planned, attributes):
        columns.append(NULLS)
    return keeping_names(columns, chooser.kept)


class _Top:
    """What only top-level attributes have: pins, and keys with declared types."""

    def __init__(self, options: ColumnOptions, keys: Sequence[str] | Mapping[str, str]) -> None:
        self.options = options
        self.key_types = keys if isinstance(keys, Mapping) else {}

    def types(self, attribute: str, facts: PathFacts, known: Sequence[types.ColumnType]) -> list[types.ColumnType]:
        """The types that a new attribute has whatever its values."""
        pins = {types.ddb_tag(pin): pin for pin in self.options.pinned(attribute)}
        for column_type in reversed(known):
            tag = types.ddb_tag(column_type)
            first = next(published for published in known if types.ddb_tag(published) == tag)
            if tag in pins and pins[tag] != first:
                raise PinConflict(
                    f"columns: {attribute} is pinned to {types.hive_type(pins[tag])}, but is published as "
                    f"{types.hive_type(first)}, and published columns never change. Remove the pin"
                )
        held = {types.ddb_tag(column_type) for column_type in known}
        wanted = [pin for tag, pin in pins.items() if tag in values_by_tag(facts) and tag not in held]
        if not known and not wanted and hollow(facts):
            declared = self.key_types.get(attribute)
            if declared == "N":
                return [pins.get("N", unseen_number_type(self.options.numbers))]
            if declared in ("S", "B"):
                return [types.Binary() if declared == "B" else types.Text()]
            return [*pins.values()][:1]
        return wanted


def any_pointer(fields: Iterable[types.Field], attributes: Mapping[str, PathFacts]) -> bool:
    """Whether anything may be told in the nulls column: a NULL anywhere but in JSON text, a `[]` or `{}` elsewhere."""
    places: dict[str, list[types.ColumnType]] = {}
    for field in fields:
        places.setdefault(field.attribute, []).append(field.type)
    return any(_pointer_at(places.get(attribute, []), facts) for attribute, facts in attributes.items())


def _pointer_at(places: Sequence[types.ColumnType], facts: PathFacts) -> bool:
    if facts.counts.get("NULL"):
        return True
    for tag in values_by_tag(facts).keys() & {"M", "L"}:
        own = [place for place in places if types.ddb_tag(place) == tag]
        if any(_pointer_below(place, facts) for place in own) or (not own and hollow_tag(facts, tag)):
            return True
    return False


def _pointer_below(column_type: types.ColumnType, facts: PathFacts) -> bool:
    match column_type:
        case types.Struct(fields):
            # Where keys were forgotten it isn't known; then the column is made.
            return facts.open_map or bool(facts.counts.get("JM")) or any_pointer(fields, facts.members)
        case types.ListOf(element):
            inside = facts.elements
            return bool(facts.counts.get("JL")) or (inside is not None and _pointer_at([element], inside))
    return False
