"""Many runs, each fitted, applied, evaluated and checked by gates; what is done and unchanged is kept."""

from classlift.batches.manifest import RunSpec, read_manifest, runs_of_folders
from classlift.batches.outcome import Batch, Outcome, RunState
from classlift.batches.run import run_all

__all__ = ["Batch", "Outcome", "RunSpec", "RunState", "read_manifest", "run_all", "runs_of_folders"]
