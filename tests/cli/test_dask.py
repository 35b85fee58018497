"""A real cluster of two worker processes: the right layer, evaluation and output, also when a worker is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from support.process import classlift, files_below, other_than_who_pays, started

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

K, N = 60, 120_000
# products differ by a unit in the last place with another number of threads, and workers have one
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

AGAINST = {
    "order": ("evaluate", "val.npz", "--against", "other.npz", "--resamples", "100"),
    "ids": ("evaluate", "val.npz", "--against", "moved.npz", "--resamples", "100"),
}
LAYERS = {"fit": "one", "rounds": "rounds", "tune": "tuned"}
ROUNDS = ("fit", "few.npz", "--method", "final-bn", "--from-probabilities", "--effect", "none")


def start(module, *words):
    """Start a process of dask."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{module}", *map(str, words)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return started(command, env=os.environ | ONE_THREAD, **silent)


@contextlib.contextmanager
def cluster(folder, n_workers=2):
    """A scheduler and workers, which nobody starts again when they die."""
    where = folder / "scheduler.json"
    where.unlink(missing_ok=True)
    processes = [start("scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", where)]
    try:
        for _ in range(n_workers):
            processes.append(
                start("worker", "--scheduler-file", where, "--nthreads", 1, "--no-nanny", "--no-dashboard",
                      "--local-directory", folder)
            )  # fmt: skip
        until(lambda: where.exists() and where.read_text().rstrip().endswith("}"))  # it is not written at once
        address = json.loads(where.read_text())["address"]
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(n_workers, timeout=60)
            yield address, client, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def until(condition, seconds=60):
    """Wait for a condition; fails when it never holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("dask")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, N)
    scores = rng.normal(size=(N, K)).astype(np.float32) - 0.02 * np.arange(K, dtype=np.float32)
    scores[np.arange(N), labels] += 2
    probs = np.exp(scores, out=scores)
    probs /= probs.sum(axis=1, keepdims=True)
    np.savez(path / "val.npz", probs=probs, labels=labels, id=np.arange(N))
    np.savez(path / "few.npz", probs=probs[:20_000], labels=labels[:20_000])
    good(classlift("fit", "val.npz", "-o", "one.json", "--json", "one-fit.json", "-q", cwd=path, **ONE_THREAD))
    good(
        classlift(
            "apply", "one.json", "val.npz", "-o", "one.npz", "--json", "one-apply.json", "-q", cwd=path, **ONE_THREAD
        )
    )
    tune = ("tune", "val.npz", "--sample", "4000", "-o", "tuned.json", "--json", "one-tune.json", "-q")
    good(classlift(*tune, cwd=path, **ONE_THREAD))
    good(classlift(*ROUNDS, "-o", "rounds.json", "--json", "one-rounds.json", "-q", cwd=path, **ONE_THREAD))
    words = ("evaluate", "val.npz", "--layer", "one.json", "--confusion", "--resamples", 100, "-q")
    good(classlift(*words, "--json", "one-evaluate.json", cwd=path, **ONE_THREAD))
    order = rng.permutation(N)
    other = (2 * probs + np.roll(probs, 1, axis=1)) / 3
    np.savez(path / "moved.npz", probs=other[order], labels=labels[order], id=np.arange(N)[order])
    np.savez(path / "other.npz", probs=other, labels=labels)
    for verb, words in AGAINST.items():
        good(classlift(*words, "--json", f"one-{verb}.json", "-q", cwd=path, **ONE_THREAD))
    return path


@pytest.fixture(scope="module")
def running(folder):
    with cluster(folder) as (address, client, workers):
        yield address, client, workers


def good(done):
    assert (done.returncode, other_than_who_pays(done.stderr)) == (0, []), done.stderr
    return done


def commands(address):
    """Each verb on the cluster."""
    engine = ("--engine", "dask", "--scheduler", address, "-q")
    return {
        **{verb: (*words, "--json", f"many-{verb}.json", *engine) for verb, words in AGAINST.items()},
        "fit": ("fit", "val.npz", "-o", "many.json", "--json", "many-fit.json", *engine),
        "rounds": (*ROUNDS, "-o", "many.json", "--json", "many-rounds.json", *engine),
        "tune": ("tune", "val.npz", "--sample", "4000", "-o", "many.json", "--json", "many-tune.json", *engine),
        "apply": ("apply", "one.json", "val.npz", "-o", "many.npz", "--json", "many-apply.json", *engine),
        "evaluate": ("evaluate", "val.npz", "--layer", "one.json", "--confusion", "--resamples", "100",
                     "--json", "many-evaluate.json", *engine),
    }  # fmt: skip


def check(folder, verb):
    """What the cluster wrote is what one process wrote."""
    one, many = (json.loads((folder / f"{side}-{verb}.json").read_text()) for side in ("one", "many"))
    if verb in LAYERS:
        check_layer(folder, LAYERS[verb])
        one.pop("layer"), many.pop("layer")
    if verb == "apply":
        check_rows(folder)
    for found in (one, many):  # what was written, and what to run next, name the files of each
        found["verdict"] = {name: found["verdict"][name] for name in ("status", "sentence", "more")}
    assert many == one


def check_layer(folder, expected):
    one, many = (json.loads((folder / f"{side}.json").read_text())["arrays"] for side in (expected, "many"))
    for name, values in one.items():
        np.testing.assert_allclose(many[name], values, rtol=1e-9, atol=1e-9)


def check_rows(folder):
    parts = sorted((folder / "many.npz").iterdir())
    assert len(parts) > 2
    with np.load(folder / "one.npz") as one:
        for name in one.files:
            loaded = [np.load(part)[name] for part in parts]
            joined = np.concatenate(loaded) if name != "class_names" else loaded[0]
            assert joined.tobytes() == one[name].tobytes(), name
    for part in parts:
        part.unlink()
    (folder / "many.npz").rmdir()


@pytest.mark.parametrize("verb", ["fit", "rounds", "tune", "apply", "evaluate", *AGAINST])
def test_the_cluster_gives_what_one_process_gives(folder, running, verb):
    good(classlift(*commands(running[0])[verb], cwd=folder))
    check(folder, verb)


@pytest.mark.parametrize("verb", ["fit", "rounds", "tune", "apply", "evaluate", *AGAINST])
def test_two_workers_that_are_killed_in_the_middle_change_nothing(folder, verb):
    with cluster(folder, 3) as (address, client, workers):
        command = [sys.executable, "-m", "classlift", *commands(address)[verb]]
        process = started(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for victim in workers[:2]:
            until(lambda: any(client.processing().values()))
            assert process.poll() is None
            victim.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, other_than_who_pays(errors)) == (0, [])
        assert len(client.scheduler_info()["workers"]) == 1
    check(folder, verb)


def test_a_cluster_of_its_own(folder):
    good(classlift(*commands("")["fit"][:-3], "-q", cwd=folder))
    check(folder, "fit")


def test_bad_rows_are_named_in_two_lines(folder, running):
    probs = np.load(folder / "val.npz")["probs"].copy()
    probs[N - 7, 3] = np.nan
    np.savez(folder / "bad.npz", probs=probs, labels=np.zeros(N, int))
    before = set(files_below(folder))
    for words in (("fit", "bad.npz", "-o", "x.npz"), ("apply", "one.json", "bad.npz", "-o", "x.npz")):
        done = classlift(*words, "--engine", "dask", "--scheduler", running[0], cwd=folder)
        first, second = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (2, "")
        assert f"bad.npz, row {N - 7}: class 3 has the value nan" in first
        assert second.startswith("fix: ")
    assert set(files_below(folder)) == before


REFUSED = {
    "fit val.npz -o x.npz --scheduler tcp://127.0.0.1:1": "--scheduler: is not for --engine here",
    "fit val.npz -o x.npz --engine processes --scheduler tcp://127.0.0.1:1": "is not for --engine processes",
    "fit val.npz -o x.npz --engine dask --scheduler nonsense://x": "cannot be reached",
    "fit val.npz -o x.npz --engine spark": "Invalid value",
    "evaluate val.npz --against few.npz --engine processes": "val.npz: does not have as many rows as few.npz",
    "apply one.json val.npz -o one.npz --engine dask": "one.npz: exists already",
    "apply one.json val.npz -o - --engine dask": "is standard output",
    "evaluate missing.npz --engine dask": "no such file",
}


@pytest.mark.parametrize("words", REFUSED)
def test_refusals_have_two_lines(folder, words):
    done = classlift(*words.split(), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert REFUSED[words] in first
    assert second.startswith("fix: ")


def test_without_the_extra_it_is_named(folder):
    (folder / "hidden").mkdir()
    (folder / "hidden" / "distributed.py").write_text("raise ModuleNotFoundError('no', name='distributed')")
    done = classlift("fit", "val.npz", "-o", "x.npz", "--engine", "dask", cwd=folder, PYTHONPATH=str(folder / "hidden"))
    assert done.returncode == 2
    assert "pip install 'classlift[dask]'" in done.stderr
