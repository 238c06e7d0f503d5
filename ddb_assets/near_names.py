"""A name that nothing has, and the one that may be meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """` Is `Orders` meant?`, where some of the known names are like it; else nothing. Case doesn't count."""
    folded: dict[str, list[str]] = {}
    for one in known:
        folded.setdefault(one.lower(), []).append(one)
    close = [one for like in get_close_matches(name.lower(), folded, 3) for one in folded[like] if one != name]
    return f" Is {' or '.join(f'`{one}`' for one in dict.fromkeys(close))} meant?" if close else ""
