"""Coverage chooses the mutations: atheris (libFuzzer) over the same readers. A process for each reader.

`python -m campaign.guided READER RUNS FINDINGS.json CORPUS` is such a process; `guide` starts it.
"""

import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .fuzz import BYTES, SECONDS, Tally

TESTS = Path(__file__).parents[1]
FOUND = os.pathsep.join((str(TESTS), os.environ.get("PYTHONPATH", "")))
INSTRUMENTED = ["classlift", "zipfile", "json", "csv", "tomllib", "gzip", "numpy.lib._format_impl"]
INSTALLED = importlib.util.find_spec("atheris") is not None


def guide(reader, runs):
    """So many runs of one reader; what libFuzzer stops at (a hang, too much memory, a crash) is a finding."""
    from .readers import scratch

    total = Tally()
    with tempfile.TemporaryDirectory(prefix="classlift-guided-", dir=scratch()) as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        notes = Path(folder) / "findings.json"
        words = [sys.executable, "-m", "campaign.guided", reader, str(runs), str(notes), str(corpus)]
        done = subprocess.run(
            words,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": FOUND},
            capture_output=True,
            text=True,
            check=False,
        )
        noted = json.loads(notes.read_text()) if notes.exists() else {}
        counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
        covered = re.findall(r"cov: (\d+)", done.stderr)
        peak = re.search(r"stat::peak_rss_mb:\s*(\d+)", done.stderr)
        total.tried = int(counted[1]) if counted else 0
        total.outcomes.update(noted.get("outcomes", {}))
        total.findings = {key: ("guided", outcome) for key, outcome in noted.get("findings", {}).items()}
        total.peak = int(peak[1]) << 20 if peak else 0
        if done.returncode:
            last = next(Path(folder).glob("case*")).read_bytes()
            total.findings["stopped"] = ("guided", f"libFuzzer stopped: {done.stderr[-600:]} at {last[:8000]!r}")
    return total, int(covered[-1]) if covered else 0


def main():
    """One reader, in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False):
        from . import readers
    from .bytewise import LONGEST
    from .fuzz import describe

    reader, runs, notes, corpus = sys.argv[1:5]
    outcomes, findings = {"valid": 0, "refused": 0}, {}

    def save():
        Path(notes).write_text(json.dumps({"outcomes": outcomes, "findings": findings}))

    def try_one(content):
        path = readers.written_case(reader, content, Path(corpus).parent)
        try:
            outcome = readers.try_file(reader, path, random.Random(content))
        except Exception as error:  # that is what is looked for; the search goes on
            outcome = describe(error)
        if outcome in outcomes:
            outcomes[outcome] += 1
        elif outcome.split(": ")[0] not in findings:
            findings[outcome.split(": ")[0]] = f"{outcome} with {content[:4000]!r}"
            save()
        if sum(outcomes.values()) % 500 == 0:
            save()

    def mutate(content, longest, seed):
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return atheris.Mutate(content, longest)
        return readers.edited(readers.READERS[reader].edit, rng, content, readers.FILES[reader])[:longest]

    for i, content in enumerate(readers.FILES[reader]):
        (Path(corpus) / f"seed{i}").write_bytes(content)
    flags = [f"-runs={runs}", f"-timeout={SECONDS:.0f}", f"-rss_limit_mb={BYTES >> 20}", f"-max_len={LONGEST}"]
    atheris.Setup([sys.argv[0], *flags, "-print_final_stats=1", corpus], try_one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
