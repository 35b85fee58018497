"""Read many random exports and say how: ``python tests/campaign/random_exports.py 2000 [FIRST_SEED]``."""

from __future__ import annotations

import collections
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.random_exports import draw, outcome


def main() -> int:
    """Run the campaign; status 1 where one was wrong in silence."""
    number, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found: collections.Counter[str] = collections.Counter()
    for seed in range(first, first + number):
        with tempfile.TemporaryDirectory() as folder:
            export = draw(seed, Path(folder))
            try:
                how, said = outcome(export)
            except Exception:
                how, said = "crash", traceback.format_exc()
        found[how] += 1
        if how != "read":
            print(f"{how} seed {seed}: {export.said}\n    {said}", flush=True)
    print({how: f"{count} ({count / number:.1%})" for how, count in found.most_common()})
    return int(found["wrong"] + found["crash"] > 0)


if __name__ == "__main__":
    sys.exit(main())
