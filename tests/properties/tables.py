"""Tables as people have them: wide and nested at once, sparse at every level, young, drifting.

A table has a shape: attributes with a type each, maps and lists in one another. Its items follow it, but for what real
items do: some lack an attribute, a member of a map, a map, all of a level; some have an explicit NULL, `[]` or `{}`
there; some have another type. The first items of a young table may have nothing but these.
Numbers are spelled as DynamoDB spells them, for that is how a table gives them back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from ddb_snapshot.numbers import spelled
from tests.ddb_snapshot.snapshots import Item, binaries, few_names, names, numbers, sets, tagged, texts

Block = list[Item]
Value = st.SearchStrategy[Any]

plain_numbers = numbers.map(spelled)
"""Numbers of up to 38 digits, in DynamoDB's spelling."""

filled_binaries = binaries.filter(bool)

_EMPTY: Sequence[Mapping[str, Any]] = ({"NULL": True}, {"L": []}, {"M": {}})

nothing: Value = st.sampled_from(_EMPTY).map(dict)
"""Values that say nothing of a type."""

_scalars: Sequence[Value] = (
    tagged("S", texts),
    tagged("N", plain_numbers),
    tagged("N", st.integers(-99, 99).map(str)),
    tagged("N", st.decimals(-1000, 1000, places=2).map(str).map(spelled)),
    tagged("BOOL", st.booleans()),
    tagged("B", filled_binaries),
    tagged("SS", sets(texts.filter(bool))),
    tagged("NS", sets(plain_numbers)),
    tagged("BS", sets(filled_binaries)),
)
scalars: Value = st.one_of(_scalars)


def _often(usual: Value) -> Value:
    """Values of a shape, and now and then what else lies there."""
    return st.one_of(usual, usual, usual, usual, usual, nothing, scalars)


def _maps(members: Mapping[str, Value]) -> Value:
    # Any member may be missing, all of them too.
    return tagged("M", st.fixed_dictionaries({}, optional={name: _often(inner) for name, inner in members.items()}))


def _lists(element: Value) -> Value:
    return tagged("L", st.lists(_often(element), max_size=3))


shapes: st.SearchStrategy[Value] = st.recursive(
    st.sampled_from(_scalars),
    lambda inner: st.dictionaries(few_names, inner, min_size=1, max_size=4).map(_maps) | inner.map(_lists),
    max_leaves=10,
)
"""How the values of one attribute look: strategies for them."""


@st.composite
def tables(draw: st.DrawFn, most_wide: int = 40) -> list[Block]:
    """A table's items in blocks, as they may come; each item has a key `id` of its own."""
    own = draw(st.dictionaries(names | few_names, shapes, max_size=4))
    nested = {f"m{at}": _maps(shape) for at, shape in enumerate(draw(st.lists(_nested, min_size=1, max_size=2)))}
    filler = {f"a{at}": {"S": "x"} for at in range(draw(st.sampled_from([0, 1, most_wide])))}
    usual = {name: _often(shape) for name, shape in (own | nested).items() if name != "id"}
    young = dict.fromkeys(usual, nothing) if draw(st.booleans()) else usual
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    count = 0
    blocks: list[Block] = []
    for number, size in enumerate(sizes):
        attributes = usual if number else young
        block = []
        for _ in range(size):
            count += 1
            item = draw(st.fixed_dictionaries({}, optional=attributes))
            sparse = filler if draw(st.booleans()) else {}
            block.append({**sparse, **item, "id": {"S": f"{count}"}})
        blocks.append(block)
    return blocks


_nested = st.dictionaries(few_names, st.dictionaries(few_names, shapes, min_size=1, max_size=3).map(_maps), max_size=3)
"""Maps in maps: what absent members are tried on."""
