"""`classlift batch`."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from classlift.batches import Outcome, RunSpec, RunState, read_manifest, run_all, runs_of_folders
from classlift.batches.manifest import RESULTS
from classlift.batches.run import results_of
from classlift.batches.state import files_of
from classlift.batches.summary import batch_document, batch_tables
from classlift.batches.verbs import VERBS
from classlift.cli.collisions import refuse_overlap
from classlift.cli.command import Command
from classlift.cli.gating import Gating, gate_options
from classlift.cli.numbers import JOBS
from classlift.cli.options import Outputs, output_options
from classlift.cli.progress import share_bar
from classlift.cli.project import Project
from classlift.cli.status import Status, gravest
from classlift.data import metrics
from classlift.errors import ClassliftError
from classlift.gates import GateSet
from classlift.output.printable import printable
from classlift.output.render.suites import Suite


@click.command("batch", cls=Command, example="classlift batch runs/* -o results")
@click.argument("targets", nargs=-1, required=True, metavar="MANIFEST.toml | FOLDER…")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help=f"Folder of the results, one below it for each run.  [default: the manifest's, or {RESULTS}]",
)
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Processes to work in.")
@click.option(
    "--verb",
    type=click.Choice(list(VERBS)),
    help="How the layers of folders are made; a manifest says it itself.  [default: tune]",
)
@gate_options
@output_options
def command(
    targets: tuple[str, ...], out: Path | None, jobs: int, verb: str | None, gating: Gating, outputs: Outputs
) -> Status:
    """Do many runs: fit or tune, evaluate, apply, and one table with their mean.

    MANIFEST.toml names files and settings of the runs; or give folders, such as 'runs/*/', that hold val.* and maybe
    test.* and new.*. A run that fails does not stop the others; one that was done before and has not changed is kept.
    """
    specs = [_gated(spec, gating.gates) for spec in _specs(targets, out, verb)]
    more = [*outputs.files.values(), *([] if gating.junit is None else [gating.junit])]
    read = [name for spec in specs for name in files_of(spec)]
    refuse_overlap(read, {str(path) for spec in specs for path in results_of(spec)} | set(map(str, more)))
    with share_bar("batch", quiet=outputs.quiet) as move:
        outcomes: list[Outcome] = []

        def watch(outcome: Outcome) -> None:
            outcomes.append(outcome)
            move(len(outcomes) / len(specs))

        run_all(specs, jobs=jobs, watch=watch)
    outputs.emit(lambda _: batch_tables(outcomes), batch_document(" ".join(targets), outcomes))
    return _report(outcomes, gating)


def _specs(targets: Sequence[str], out: Path | None, verb: str | None) -> list[RunSpec]:
    if targets[0].endswith(".toml"):
        if len(targets) > 1 or verb is not None:
            raise ClassliftError(
                targets[0], "a manifest takes no other arguments", fix="leave them out: it names its verbs itself."
            )
        return read_manifest(Path(targets[0]), out=out)
    folders = [folder for target in targets for folder in _folders(target)]
    specs = runs_of_folders(folders, out=out or Path(RESULTS), verb=verb or "tune")
    project = Project.nearest()
    if project is None or not project.defaults:
        return specs
    project.tell(list(project.defaults))
    low_fraction = project.defaults.get("low_fraction", metrics.LOW_FRACTION)
    return [replace(spec, reading=project.reading(), low_fraction=low_fraction) for spec in specs]


def _folders(target: str) -> list[Path]:
    if Path(target).is_dir():
        return [Path(target)]
    found = sorted(Path(match) for match in glob.glob(target) if Path(match).is_dir())  # noqa: PTH207 (may be absolute)
    if not found:
        raise ClassliftError(target, "is neither a manifest nor a folder", fix="give a .toml file, or folders of runs.")
    return found


def _gated(spec: RunSpec, more: GateSet | None) -> RunSpec:
    """The run with the gates of the command line, or of the project, besides its own."""
    if more is None:
        return spec
    confidence = more.confidence if spec.gates.confidence is None else spec.gates.confidence
    return replace(spec, gates=GateSet(more.gates + spec.gates.gates, confidence))


def tell_failed(outcomes: Iterable[Outcome]) -> None:
    """Say on standard error which runs could not run, and why."""
    for outcome in outcomes:
        for line in outcome.error.splitlines():
            print(printable(f"{outcome.name}: {line}" if not line.startswith("fix: ") else line), file=sys.stderr)


def _report(outcomes: Sequence[Outcome], gating: Gating) -> Status:
    """Report runs that could not run, write what CI wants, and give the status of the worst."""
    tell_failed(outcomes)
    status = gating.report([Suite(o.name, o.gates, o.error or None) for o in outcomes])
    broken = any(outcome.state is RunState.INTERNAL_ERROR for outcome in outcomes)
    return gravest([status, Status.INTERNAL_ERROR]) if broken else status
