"""The campaign, as one command: `python tests/campaign/run.py --size small|long`. Status 1 when something was found.

Parts: `fuzz` mutates valid files for every reader, `guided` lets coverage choose the mutations (needs `atheris`),
`lines` walks odd command lines, `damage` puts odd values into our own JSON, `hostile` runs files made to do harm,
`faults` kills, fills disks and closes pipes,
`numbers` checks the laws of the formulas and the same bytes from run to run.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaign import parts
from campaign.parts import PARTS


def arguments(words=None):
    """What the user wants."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", choices=("small", "long"), default="small")
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this part; may be repeated")
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first fuzzed case: another one, other cases"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that fuzz at a time")
    parser.add_argument("--nice", type=int, default=0, help="lower the priority by this")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args(words)


def main(words=None):
    """Run the parts, show their figures, and give the number of findings."""
    asked = arguments(words)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background hands on that it is ignored
    os.nice(asked.nice)
    figures, findings = {}, []
    for name in asked.part or PARTS:
        start = time.monotonic()
        found = PARTS[name](parts.Size.of(asked.size, asked.first, asked.jobs))
        figures[name] = found.figures | {"seconds": round(time.monotonic() - start)}
        findings += [f"{name}: {finding}" for finding in found.findings]
        print(name, *(f"{key} {value}" for key, value in figures[name].items()), sep=" · ", flush=True)
    for finding in findings:
        print("FOUND", finding)
    print(f"{len(findings)} findings")
    if asked.json:
        asked.json.write_text(json.dumps({"figures": figures, "findings": findings}, indent=1) + "\n")
    return len(findings)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
