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
        known = {"small": (200, 1000, 11, 100), "long": (60_000, 150_000, 440, 12_000)}
        return cls(*known[name], first=first, jobs=jobs)


@dataclass
class Found:
    """Figures to show, and what went wrong."""

    figures: dict
    findings: list = field(default_factory=list)


def fuzz_readers(size):
    """Mutated files for every reader, several readers at a time."""
    from .readers import READERS

    def one(reader):
        tally = fuzz(reader, size.cases, size.first)
        print(f"  {reader}: {tally.tried} tried, {tally.outcomes['valid']} valid", flush=True)
        return tally

    with ThreadPoolExecutor(size.jobs) as pool:
        tallies = list(pool.map(one, READERS))
    total, findings = Tally(), []
    for reader, tally in zip(READERS, tallies, strict=True):
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


def guided_readers(size):
    """Inputs that coverage leads to; nothing where atheris is not installed."""
    from .guided import INSTALLED, guide
    from .readers import READERS

    if not INSTALLED:
        return Found({"not run": "atheris is not installed"})
    chosen = list(READERS) if size.kills > 100 else ["layer.json"]
    with ThreadPoolExecutor(size.jobs) as pool:
        results = list(pool.map(lambda reader: guide(reader, size.guided), chosen))
    total, findings = Tally(), []
    for reader, (tally, _) in zip(chosen, results, strict=True):
        findings += [f"{reader}: {outcome}" for _, outcome in tally.findings.values()]
        total.add(tally)
    figures = {
        "inputs tried": total.tried,
        "places reached": sum(c for _, c in results),
        "peak (MB)": total.peak >> 20,
    }
    return Found(figures, findings)


def hostile_files(size):
    """Files made to do harm."""
    from .hostile import run_all

    count, findings = run_all(every=1 if size.kills > 100 else 4)
    return Found({"files tried": count}, findings)


def faults(size):
    """Kills, full disks, closed pipes and the like."""
    from .faults import run_all

    kills, children, others, findings = run_all(size.kills, 76 if size.kills > 100 else 2, size.first)
    return Found({"kills": kills, "children then": children, "other faults": others}, findings)


def odd_lines(size):
    """Odd command lines, through every option of every command."""
    from .lines import run_all

    count, findings = run_all(every=1 if size.kills > 100 else 20, first=size.first)
    return Found({"command lines tried": count}, findings)


def damaged_documents(size):
    """Our own JSON with an odd value in each place."""
    from .damage import run_all

    count, findings = run_all(every=1 if size.kills > 100 else 60, first=size.first)
    return Found({"documents read": count}, findings)


def numbers(size):
    """Laws of the formulas, and the same numbers from run to run and from one thread to two."""
    from .laws import check_laws, check_runs

    checked, findings = check_laws(size.examples)
    return Found({"properties": len(checked), "examples": sum(checked.values())}, findings + check_runs())


PARTS = {
    "fuzz": fuzz_readers,
    "guided": guided_readers,
    "hostile": hostile_files,
    "faults": faults,
    "lines": odd_lines,
    "damage": damaged_documents,
    "numbers": numbers,
}
