"""A layer file may hold any numbers that are allowed: what comes of them is finite, or refused, without a warning."""

import json

import numpy as np
import pytest

from classlift.layer.layer import OutputLayer
from classlift.layer.step import LARGEST, AffineStep, Domain
from classlift.storage.own.layers import save_layer
from support.cases import predictions
from support.many import Commands

LOGITS = {
    "usual": np.float64(1),
    "beyond what steps take": np.float64(1e20),
    "near the end of float32": np.float64(1e37),
    "near the end of float64": np.float64(1e306),
}
MATRIX = np.array([[1.0, -1, 1], [-1, 1, 0], [1, 1, 1]]) * LARGEST


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overflow")
    probs, labels = predictions(90, 3)
    probs = probs.astype(np.float64)
    for dtype in ("float32", "float64"):
        np.savez(folder / f"probs-{dtype}.npz", probs=probs.astype(dtype), labels=labels)
        for name, scale in LOGITS.items():
            if scale < 1e300 or dtype == "float64":
                logits = (np.log(probs + 1e-9) * scale).astype(dtype)
                np.savez(folder / f"{name}-{dtype}.npz", logits=logits, labels=labels)
    mixed = np.log(probs + 1e-9)
    mixed[:2] = [[1.7e308, -1.7e308, 0], [-1.7e308, -1.7e308, -1.7e308]]
    np.savez(folder / "mixed-float64.npz", logits=mixed, labels=labels)
    for domain in Domain:
        step = AffineStep(domain, np.array([LARGEST, -LARGEST, 0]), MATRIX, None, 1 / LARGEST)
        save_layer(OutputLayer((step,), 3), folder / f"{domain}-1.json")
        save_layer(OutputLayer((step, step), 3), folder / f"{domain}-2.json")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    with Commands() as commands:
        yield lambda *words: commands(words, folder)


@pytest.mark.parametrize("n_steps", [1, 2])
@pytest.mark.parametrize("domain", Domain)
def test_what_comes_of_large_numbers_is_finite_or_refused(folder, run, domain, n_steps):
    layer = f"{domain}-{n_steps}.json"
    for file in sorted(folder.glob("*-float*.npz")):
        if domain is Domain.LOGIT and file.name.startswith("probs"):
            continue
        for output in ("probs", "scores"):
            done = run("apply", layer, file.name, "-o", "out.npz", "-q", "--output", output)
            assert "Warning" not in done.stderr
            if done.status == 2:
                assert output == "scores"
                assert "beyond 3.4e+38, the largest float32 number" in done.stderr
                assert done.stderr.splitlines()[1].startswith("fix: ")
                continue
            assert done.status == 0, done.stderr
            written = np.load(folder / "out.npz")
            assert np.isfinite(written[output]).all()
            assert (written[output].argmax(axis=1) == written["predicted"]).all()
        done = run("evaluate", file.name, "--layer", layer, "--resamples", "20", "-q")
        assert (done.status, done.stderr) == (0, "")


def test_a_signalling_nan_is_refused_without_a_warning(folder, run):
    probs = np.full((30, 3), 1 / 3, np.float32)
    probs.view(np.uint32)[4, 1] = 0x7F800001
    np.savez(folder / "nan.npz", probs=probs, labels=np.arange(30) % 3)
    for words in (["inspect"], ["evaluate"], ["apply", "probability-1.json"]):
        done = run(*words, "nan.npz", *(["-o", "o.npz"] if words[0] == "apply" else []))
        assert (done.status, "Warning" in done.stderr) == (2, False), done.stderr
        assert "row 4" in done.stderr


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("heads", ["a,b,c,label", "prob_a,prob_b,prob_c,label", "x1,x2,extra,label"])
def test_texts_near_the_end_of_float64_are_read_or_refused_without_a_warning(folder, run, suffix, heads):
    names = heads.split(",")
    rows = [[1.7e308, 1.7e308, 0, 0], [1.7e308, -1.7e308, 1.7e308, 1], [0.2, 0.3, 0.5, 2]] * 9
    if suffix == "csv":
        text = "\n".join([heads, *(",".join(map(str, row)) for row in rows)])
    else:
        text = "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)
    (folder / f"huge.{suffix}").write_text(text)
    for words in (["inspect"], ["evaluate", "--logits"], ["evaluate", "--bad-rows", "normalize"]):
        done = run(*words, f"huge.{suffix}", "--json", "-")
        assert "Warning" not in done.stderr
        assert done.status in (0, 2)
