"""Pins that name nothing. Definitions load without a look at the table: they are refused once all items were seen."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from ddb_snapshot.columns.column import Column
from ddb_snapshot.columns.options import ColumnOptions
from ddb_snapshot.columns.reservations import TOP, kept_names

_SHOWN = 5


class UnknownPin(ValueError):
    """A pin names an attribute that neither an item nor a published column has."""


def require_pins_known(columns: Sequence[Column], options: ColumnOptions, items: int) -> None:
    """Refuse pins of attributes that there aren't. `columns` are a snapshot's, planned from all of its items.

    Each attribute of an item and each that is published has a column there, or a name that is kept. A table without
    items has no attributes yet, so that any pin may be right.
    Raises UnknownPin, which names each such pin and the attribute that may be meant.
    """
    attributes = {column.attribute for column in columns if not column.holds_nulls} | kept_names(columns).get(
        TOP, {}
    ).keys()
    unknown = [attribute for attribute in options.columns if attribute not in attributes] if items else []
    if unknown:
        said = "; ".join(_said(pin, options.columns[pin], attributes) for pin in unknown[:_SHOWN])
        more = f"; and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise UnknownPin(
            f"columns: {said}{more}. No item of the table has such an attribute, and no published column holds one. "
            "Correct the name in `columns`, which takes top-level attributes by their exact names, or remove the pin "
            "until an item has the attribute. Nothing was published"
        )


def _said(pin: str, wanted: str, attributes: Collection[str]) -> str:
    meant = _closest(pin, attributes)
    return f"{pin!r} is pinned to {wanted}" + (f" (is {meant!r} meant?)" if meant else "")


def _closest(pin: str, attributes: Collection[str]) -> str | None:
    """The attribute whose name is most like the pin's, whatever the case of its letters; None when none is like it."""
    folded: dict[str, str] = {}
    for attribute in sorted(attributes, reverse=True):
        folded[attribute.casefold()] = attribute
    found = get_close_matches(pin.casefold(), folded, n=1)
    return folded[found[0]] if found else None
