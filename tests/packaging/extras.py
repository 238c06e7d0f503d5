"""Which distributions an extra of the package brings that the package without extras doesn't, as installed here."""

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent


def project() -> dict[str, object]:
    """The table `[project]` of pyproject.toml."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def declared(extra: str | None = None) -> list[Requirement]:
    """The requirements that pyproject.toml has of an extra; without one, of the package itself."""
    facts = project()
    extras, core = facts["optional-dependencies"], facts["dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(core, list)
    return [Requirement(text) for text in (extras[extra] if extra else core)]


def brought_by(extra: str) -> set[str]:
    """The names of the distributions that come with the extra alone."""
    return set(_closure(declared(extra))) - set(_closure(declared()))


def modules_of(distributions: Iterable[str]) -> set[str]:
    """The top-level modules that only these distributions have."""
    wanted = set(distributions)
    return {
        module
        for module, holders in packages_distributions().items()
        if {canonicalize_name(holder) for holder in holders} <= wanted
    }


def _closure(wanted: list[Requirement]) -> Iterator[str]:
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [(canonicalize_name(one.name), frozenset(one.extras)) for one in wanted if _applies(one, frozenset())]
    while todo:
        name, extras = found = todo.pop()
        if found in seen:
            continue
        seen.add(found)
        yield name
        try:
            needs = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        todo += [(canonicalize_name(one.name), frozenset(one.extras)) for one in needs if _applies(one, extras)]


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))
