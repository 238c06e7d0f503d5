"""What lies below a table's folders, folder by folder: what kind of thing it is, its size, when it was last written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from urllib.parse import unquote

from ddb_assets.aws.job_messages import CONTEXT
from ddb_assets.sweep.ground import Ground
from ddb_snapshot.manifest import NAME
from ddb_snapshot.names import PARTITION_COLUMN
from ddb_snapshot.storage import S3Path

Kind = Literal["staging", "messages", "attempt", "merged attempt", "copy", "unknown"]

_PARTITION: Final = rf"{PARTITION_COLUMN}=(?P<key>[^/]+)/"
_STAGING: Final = re.compile(r"(?:_merged/)?_staging/(?P<name>[^/]+)/")
_ATTEMPT: Final = re.compile(rf"(?P<merged>_merged/)?{_PARTITION}(?P<name>[^/]+)/")
_FLAT: Final = re.compile(_PARTITION)
_MESSAGES: Final = re.compile(r"(?P<name>[^/]+)/")
# The journal of a change of format is not a leftover: `ddb-assets rewrite` goes on with it.
_NOT_LEFT: Final = frozenset({"_rewrite.json"})


@dataclass(frozen=True)
class Stored:
    """An object in S3."""

    key: str
    bytes: int
    written: datetime


@dataclass(frozen=True)
class Place:
    """A folder with one owner, or an object that belongs nowhere. `name` is the attempt's folder or, of messages, the
    attempt; `finished` says that there is a manifest. `contexts` are what Dagster tells a run, where the messages have
    nothing else: no run has said anything.
    """

    kind: Kind
    location: S3Path
    name: str
    snapshot_timestamp: str | None
    objects: int
    bytes: int
    written: datetime
    finished: bool = False
    contexts: tuple[S3Path, ...] = ()


def places(ground: Ground, stored: Iterable[Stored]) -> list[Place]:
    """Each thing once, in the order in which S3 lists them."""
    found: dict[S3Path, _Gathered] = {}
    for one in stored:
        for kind, location, name, key in _what(ground, one.key):
            gathered = found.setdefault(location, _Gathered(kind, location, name, key, one.written))
            gathered.add(one)
    return [gathered.place() for gathered in found.values()]


@dataclass
class _Gathered:
    kind: Kind
    location: S3Path
    name: str
    key: str | None
    written: datetime
    objects: int = 0
    bytes: int = 0
    finished: bool = False
    contexts: list[S3Path] = field(default_factory=list)
    _manifest: str = field(init=False)

    def __post_init__(self) -> None:
        self._manifest = (self.location / NAME).key

    def add(self, one: Stored) -> None:
        self.objects += 1
        self.bytes += one.bytes
        self.written = max(self.written, one.written)
        self.finished = self.finished or one.key == self._manifest
        if self.kind == "messages" and one.key.rpartition("/")[2] == CONTEXT:
            self.contexts.append(S3Path(self.location.bucket, one.key))

    def place(self) -> Place:
        contexts = tuple(self.contexts) if len(self.contexts) == self.objects else ()
        return Place(
            self.kind,
            self.location,
            self.name,
            self.key,
            self.objects,
            self.bytes,
            self.written,
            self.finished,
            contexts,
        )


def _what(ground: Ground, key: str) -> Iterator[tuple[Kind, S3Path, str, str | None]]:
    """The place to which an object belongs; none for what isn't looked at."""
    if key.startswith(ground.messages.key):
        below = key.removeprefix(ground.messages.key)
        if found := _MESSAGES.match(below):
            yield "messages", ground.messages / found[0], found["name"], None
        else:
            yield "unknown", S3Path(ground.messages.bucket, key), below, None
        return
    crawled = ground.crawled
    if crawled is not None and key.startswith(crawled.key):
        below = key.removeprefix(crawled.key)
        if (found := _FLAT.match(below)) and "/" not in below[found.end() :]:
            yield "copy", crawled / found[0], "", unquote(found["key"])
        else:
            yield "unknown", S3Path(crawled.bucket, key), below, None
        return
    below = key.removeprefix(ground.attempts.key)
    if found := _STAGING.match(below):
        yield "staging", ground.attempts / found[0], found["name"], None
    elif found := _ATTEMPT.match(below):
        kind: Kind = "merged attempt" if found["merged"] else "attempt"
        yield kind, ground.attempts / found[0], found["name"], unquote(found["key"])
    elif below not in _NOT_LEFT:
        yield "unknown", S3Path(ground.attempts.bucket, key), below, None
