"""`python -m benchmarks`: measure everything and write docs/performance.md with its charts, in about ten minutes."""

import argparse
import sys
import time

from benchmarks import machine, page, scaling, targets
from benchmarks.measuring import ROUNDS
from benchmarks.sections import SECTIONS


def main() -> None:
    """Measure the sections that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all, if none")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each contender (default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.sections) - SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}; known are {', '.join(SECTIONS)}")
    for name, section in SECTIONS.items():
        if options.sections and name not in options.sections:
            continue
        started = time.monotonic()
        print(f"Measuring {name} …", file=sys.stderr, flush=True)
        markdown = section(options.rounds)
        page.put(name, markdown)
        print(f"{markdown}\n\n({name} took {time.monotonic() - started:.0f} s)\n", flush=True)
    page.put("machine", machine.described())
    page.put("targets", targets.described(page.load()))
    if {"scan", "export", "stages"} <= page.load().keys():
        scaling.main()


if __name__ == "__main__":
    main()
