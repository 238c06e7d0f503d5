"""What became of the sweep's cases, kept in a file over many runs, and as the tables of docs/reliability.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.proxy import Fault
from tests.faults.sweep import KILLS, Case, Outcome

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "faults" / "results.jsonl"
PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Results:
    """A file with a line for each case that was run; of a case that was run twice the later counts."""

    file: Path = FILE

    def read(self) -> Mapping[str, Mapping[str, Any]]:
        """The cases, by their words."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return {line["case"]: line for line in map(json.loads, lines)}

    def add(self, case: Case, outcome: Outcome | None, broken: str = "") -> None:
        """A case that held, or one that is `broken`, with what was seen."""
        line = {"case": str(case), "scene": case.scene, "operation": str(case.operation), "position": case.position,
                "fault": case.fault.value, "broken": broken, **(asdict(outcome) if outcome else {})}  # fmt: skip
        with self.file.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def wanting(self, cases: Iterable[Case]) -> list[Case]:
        """Those that were not run, or did not hold."""
        held = {words for words, line in self.read().items() if not line["broken"]}
        return [case for case in cases if str(case) not in held]


def write_page(results: Results, cases: Sequence[Case]) -> None:
    """Put the table of what was run between the page's marks."""
    found = [results.read().get(str(case)) for case in cases]
    begin, end = "<!-- sweep -->", "<!-- /sweep -->"
    text = PAGE.read_text()
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    PAGE.write_text(f"{head}{begin}\n{_summary(cases, found)}\n\n{_table(cases, found)}\n{end}{tail}")


def _summary(cases: Sequence[Case], found: Sequence[Mapping[str, Any] | None]) -> str:
    ran = [line for line in found if line]
    held = [line for line in ran if not line["broken"]]
    killed = {fault.value for fault in KILLS}
    failed = [line for line in held if not line["succeeded"]]
    seconds = sum(line["seconds"] for line in held)
    return "\n".join(
        [
            f"- Of {len(cases)} cases {len(ran)} were run; {len(held)} held, {len(ran) - len(held)} did not.",
            f"- {sum(line['together'] > 1 for line in held)} of them were put to a run together with other operations' "
            "faults of the same kind, the others alone.",
            f"- {sum(line['spark'] for line in held)} of them with the whole Glue job, the others without Spark.",
            f"- In {len(held) - len(failed)} the run succeeded in spite of the fault. In {len(failed)} it ended, "
            f"{sum(line['fault'] in killed for line in failed)} of these killed, and passed when it was run again.",
            f"- The cases took {seconds / 60:.0f} minutes in all.",
            *(f"- Did not hold: {line['broken']}" for line in ran if line["broken"]),
        ]
    )


def _table(cases: Sequence[Case], found: Sequence[Mapping[str, Any] | None]) -> str:
    faults = list(Fault)
    lines = ["| call | " + " | ".join(faults) + " |", "|---|" + "---|" * len(faults)]
    for scene, operation in dict.fromkeys((case.scene, case.operation) for case in cases):
        row = []
        for fault in faults:
            mine = [
                line
                for case, line in zip(cases, found, strict=True)
                if (case.scene, case.operation, case.fault) == (scene, operation, fault)
            ]
            ran = [line for line in mine if line]
            held = sum(not line["broken"] for line in ran)
            row.append(f"{held}/{len(ran)} of {len(mine)}" if ran else ("-" if mine else ""))
        if any(cell not in ("", "-") for cell in row):
            lines.append(f"| {scene}: {operation} | " + " | ".join(row) + " |")
    return "\n".join(lines)
