"""The refusal of a snapshot that no method can give."""

from collections.abc import Mapping

from ddb_assets.errors import UserError
from ddb_assets.model.capture import Method
from ddb_assets.model.facts import TableFacts, Wanted, recovery_command
from ddb_assets.model.words import second
from ddb_assets.planning.possibilities import Possibility
from ddb_snapshot.names import format_instant


class NothingTruthful(UserError):
    """No method can give the snapshot: what each is missing, and which instants would work.

    `in_time` is False where one could, if its run were given more time.
    """

    def __init__(self, table: TableFacts, wanted: Wanted, able: Mapping[Method, Possibility]) -> None:
        self.in_time = all(found.in_time for found in able.values())
        lacking = "; ".join(f"{method}: {found.missing}" for method, found in able.items())
        then = [found.remedy for found in able.values() if found.remedy]
        if self.in_time and table.recovery is not None and ("export" in able or not then):
            then.append(f"The earliest instant that works is {second(table.recovery.earliest)}.")
        elif not then:
            then.append(
                f"Turn point-in-time recovery on, and later instants can be exported: {recovery_command(table)}"
            )
        super().__init__(
            f"{table.name}: no snapshot of {format_instant(wanted.instant)} that tells the truth"
            f"{'' if self.in_time else ', and whose run ends in time,'} can be had. {lacking}. {' '.join(then)}"
        )
