"""What a sweep says: a row for each thing, and the totals."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from ddb_assets.commands.terminal import plain
from ddb_assets.sweep import Decision, Ground, Swept


@dataclass(frozen=True)
class Outcome:
    """What was done for some tables. `dry` means that nothing was removed."""

    tables: Sequence[tuple[Ground, Swept]]
    dry: bool

    @property
    def failed(self) -> bool:
        """Whether something could not be removed."""
        return any(swept.failed for _, swept in self.tables)

    def table(self) -> Table:
        """A row for each thing that was removed, would be, or stays though nothing has published it."""
        shown = Table("", "what", "where", "objects", "bytes", "last written (UTC)", "why", box=None, pad_edge=False)
        for column in (3, 4):
            shown.columns[column].justify = "right"
        shown.columns[2].overflow = shown.columns[6].overflow = "fold"
        for _, swept in self.tables:
            reasons = dict(swept.failed)
            for one in swept.decisions:
                if one.reason == "published" and not one.remove:
                    continue
                why, place = reasons.get(one.place, one.reason), one.place
                shown.add_row(
                    self._fate(one, one.place in reasons),
                    place.kind,
                    plain(str(place.location)),
                    f"{place.objects:,}",
                    f"{place.bytes:,}",
                    f"{place.written:%Y-%m-%dT%H:%M}",
                    plain(why),
                )
        return shown

    def totals(self) -> str:
        """How much there is, and how much stays."""
        removed = [one for _, swept in self.tables for one in swept.removed]
        every = [one for _, swept in self.tables for one in swept.decisions]
        failed = sum(len(swept.failed) for _, swept in self.tables)
        published = sum(one.reason == "published" for one in every)
        said = f"{'Would remove' if self.dry else 'Removed'} {_sum(removed)}"
        kept = len(every) - len(removed) - failed - published
        return f"{said}; kept {kept} and {published} published{f'; {failed} could not be removed' if failed else ''}"

    def _fate(self, one: Decision, failed: bool) -> str:
        if not one.remove:
            return "kept"
        return "[red]failed[/red]" if failed else "would remove" if self.dry else "removed"


def _sum(decisions: Sequence[Decision]) -> str:
    objects, size = (sum(getattr(one.place, name) for one in decisions) for name in ("objects", "bytes"))
    return f"{len(decisions)} things, {objects:,} objects, {size:,} bytes"
