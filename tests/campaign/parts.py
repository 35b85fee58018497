"""The parts of the campaign, each a function of the size that gives its figures and findings."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .fuzz import Tally, fuzz


@dataclass(frozen=True)
class Size:
    """How much each part does."""

    cases: int
    guided: int
    kills: int
    examples: int
    first: int = 0
    jobs: int = 1

    @classmethod
    def of(cls, name, first, jobs):
        """The small size takes under three minutes, the long one under an hour, on two cores."""
        known = {"small": (400, 3000, 12, 100), "long": (70_000, 150_000, 320, 12_000)}
        return cls(*known[name], first=first, jobs=jobs)


@dataclass
class Found:
    """Figures to show, and what went wrong."""

    figures: dict
    findings: list = field(default_factory=list)


def fuzz_readers(size):
    """Mutated files for every reader, several readers at a time."""
    from .readers import READERS

    with ThreadPoolExecutor(size.jobs) as pool:
        tallies = list(pool.map(lambda reader: fuzz(reader, size.cases, size.first), READERS))
    total, findings = Tally(), []
    for reader, tally in zip(READERS, tallies, strict=True):
        print(f"  {reader}: {tally.tried} tried, {tally.outcomes['valid']} valid", flush=True)
        findings += [f"{reader} {number}: {outcome}" for number, outcome in tally.findings.values()]
        total.add(tally)
    figures = {
        "inputs tried": total.tried,
        "valid": total.outcomes["valid"],
        "refused": total.outcomes["refused"],
        "slowest (s)": round(total.slowest, 2),
        "peak (MB)": total.peak >> 20,
    }
    return Found(figures, findings)


PARTS = {"fuzz": fuzz_readers}
