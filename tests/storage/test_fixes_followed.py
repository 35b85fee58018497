"""What the fix of a refusal says is done, in each of its ways: it leads to the right number, or to a true question."""

import json

import numpy as np
import pandas as pd
import pytest

from support.fixes import Input, follow, outcome
from support.random_exports import draw

N = 600
RNG = np.random.default_rng(31)
NAMES = ["Ant", "bee hive", "cow", "deer", "eel"]
Y = RNG.choice(5, size=N, p=[0.35, 0.25, 0.2, 0.12, 0.08])
Z = RNG.normal(size=(N, 5))
Z[np.arange(N), Y] += 2.2
Z *= 1.6
P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
TOTAL = float((P.argmax(axis=1) == Y).mean())
WORDS = np.array(NAMES, object)[Y]
TWO = (Y > 0).astype(int)
ONE = 1 / (1 + np.exp(-(Z[:, 1:].max(axis=1) - Z[:, 0])))
TOTAL2 = float(((ONE > 0.5) == TWO).mean())


def columns(names=NAMES, scores=P, wrap="prob_{}"):
    return {wrap.format(name): scores[:, k] for k, name in enumerate(names)}


def table(folder, content, name="a.csv"):
    frame, path = pd.DataFrame(content), folder / name
    frame.to_parquet(path) if name.endswith(".parquet") else frame.to_csv(path, index=False)
    return str(path)


def arrays(folder, **content):
    np.savez(folder / "a.npz", **content)
    return str(folder / "a.npz")


def lines(folder, rows):
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "a.jsonl")


def saved(folder, **files):
    for name, values in files.items():
        np.save(folder / f"{name}.npy", values)
    return str(folder)


def splits(folder):
    for name, rows in (("train", slice(0, 300)), ("test", slice(300, N))):
        np.savez(folder / f"{name}.npz", probs=P[rows], labels=Y[rows])
    return str(folder)


def runs(folder):
    for name, scores in (("run_1", P), ("run_2", P[:, ::-1])):
        np.savez(folder / f"{name}.npz", probs=scores, labels=Y)
    return str(folder)


def weka(folder):
    out = ["inst#,actual,predicted,error,distribution"]
    for i, (row, y) in enumerate(zip(P.round(3), Y, strict=True)):
        top = int(row.argmax())
        cells = [("*" if k == top else "") + f"{p:.3f}" for k, p in enumerate(row)]
        out.append(f"{i + 1},{y + 1}:{NAMES[y]},{top + 1}:{NAMES[top]},{'+' if top != y else ''},{','.join(cells)}")
    (folder / "a.csv").write_text("\n".join(out) + "\n")
    return str(folder / "a.csv")


def pairs(folder):
    rows = zip(np.array(list("abcde"))[Y], P.round(6).tolist(), strict=True)
    text = [f"{y} " + " ".join(f"{k}:{p}" for k, p in zip("abcde", row, strict=True)) for y, row in rows]
    (folder / "a.txt").write_text("\n".join(text) + "\n")
    return str(folder / "a.txt")


def objects(folder):
    cells = [str(dict(zip(NAMES, row, strict=True))) for row in P.tolist()]
    return table(folder, {"scores": cells, "label": WORDS})


def best_few(folder):
    few = [{NAMES[k]: row[k] for k in np.argsort(row)[-3:]} for row in P.tolist()]
    return lines(folder, [{"scores": row, "label": word} for row, word in zip(few, WORDS, strict=True)])


def elsewhere_named(folder):
    return Input(table(folder, {"prob_late": ONE, "outcome": PAID}), {"scores_key": "prob_late"})


def libsvm(folder):
    (folder / "y.txt").write_text("".join(f"{y} 1:0.5 2:{y * 0.3:.2f} 7:1\n" for y in Y))
    return Input(arrays(folder, probs=P), {"labels": str(folder / "y.txt")})


def utf16(folder):
    pd.DataFrame(columns() | {"label": WORDS}).to_csv(folder / "a.tsv", sep="\t", index=False, encoding="utf-16")
    return str(folder / "a.tsv")


CENT = np.round(100 * P, 4)
FREE = 1 / (1 + np.exp(-(Z - 2)))
BYTES = np.round(P * 255).astype(np.uint8)
HOT = {f"t_{k + 1}": (k == Y).astype(int) for k in range(5)}
PAID = np.array(["paid", "late"], object)[TWO]
FEW = {"probs": P[:40], "labels": Y[:40], "class_names": np.array(list("01243"))}
SHARDS = {"probs_0": P[:300], "probs_1": P[300:], "labels_0": Y[:300], "labels_1": Y[300:]}


def share(scores, labels=Y):
    return float((scores.argmax(axis=1) == labels).mean())


EITHER = (TOTAL2, share(np.stack([ONE, 1 - ONE], axis=1), TWO))
"""Both readings of two classes: which is right only the user knows."""

CASES = {
    "another case": (lambda f: table(f, columns(map(str.lower, NAMES)) | {"label": WORDS}), TOTAL),
    "blanks as underscores": (lambda f: table(f, columns(["Ant", "bee_hive", *NAMES[2:]]) | {"kind": WORDS}), TOTAL),
    "per cent": (lambda f: table(f, columns(scores=CENT, wrap="{} (%)") | {"label": WORDS}), TOTAL),
    "per cent in npz": (lambda f: arrays(f, probs=CENT, labels=Y), TOTAL),
    "free sums, lines": (
        lambda f: lines(f, [{"probs": p, "y": y} for p, y in zip(FREE.tolist(), Y.tolist(), strict=True)]),
        TOTAL,
    ),
    "free sums, npz": (lambda f: arrays(f, probs=FREE, labels=Y), TOTAL),
    "negative logarithms": (lambda f: arrays(f, scores=-np.log(P), labels=Y), TOTAL),
    "logarithms to the base 10": (lambda f: arrays(f, scores=np.log10(P), labels=Y), TOTAL),
    "named logits, but probabilities": (lambda f: arrays(f, logits=P, labels=Y), TOTAL),
    "bytes": (lambda f: arrays(f, probs=BYTES, labels=Y), share(BYTES)),
    "features beside scores": (lambda f: arrays(f, outputs=RNG.normal(size=(N, 5)), softmax=P, labels=Y), TOTAL),
    "two matrices": (lambda f: arrays(f, logits=Z, probs=P, labels=Y), TOTAL),
    "named otherwise": (lambda f: table(f, columns() | {"site": Y % 2, "dx": Y}), TOTAL),
    "coarse and fine": (lambda f: table(f, columns() | {"coarse_label": Y // 2, "fine_label": Y}, "a.parquet"), TOTAL),
    "folds beside": (lambda f: table(f, columns() | {"fold": np.arange(N) % 5, "dx": Y}), TOTAL),
    "one-hot, counted otherwise": (lambda f: table(f, columns(range(5)) | HOT), TOTAL),
    "which of two labels": (lambda f: table(f, columns() | {"y": P.argmax(axis=1), "y_test": Y}), TOTAL),
    "yes before no": (lambda f: table(f, {"Yes": ONE, "No": 1 - ONE, "y": TWO}), EITHER),
    "true before false": (lambda f: table(f, {"prob_True": ONE, "prob_False": 1 - ONE, "y": TWO}), EITHER),
    "one column of words": (lambda f: table(f, {"prob": ONE, "label": PAID}), EITHER),
    "one column, 1 and 2": (lambda f: table(f, {"prob": ONE, "label": TWO + 1}), EITHER),
    "one column, labels elsewhere named": (elsewhere_named, TOTAL2),
    "a margin": (lambda f: arrays(f, decision_function=4 * ONE - 2, y=2 * TWO - 1), TOTAL2),
    "numbers in another order": (
        lambda f: arrays(f, **FEW),
        (share(P[:40], Y[:40]), share(P[:40][:, [0, 1, 2, 4, 3]], Y[:40])),
    ),
    "sorted by size": (lambda f: arrays(f, probs=np.sort(P)[:, ::-1], labels=Y), share(np.sort(P)[:, ::-1])),
    "several splits": (splits, share(P[300:], Y[300:])),
    "several runs": (runs, share(P[:, ::-1])),
    "labels among other files": (
        lambda f: saved(f, val_probs=P, val_y=Y, val_embeddings=RNG.normal(size=(N, 9))),
        TOTAL,
    ),
    "many of both": (lambda f: saved(f, **SHARDS), TOTAL),
    "Weka": (weka, share(P.round(3))),
    "LIBSVM data as labels": (libsvm, TOTAL),
    "UTF-16": (utf16, TOTAL),
    "pairs in lines": (pairs, share(P.round(6))),
    "objects as text": (objects, TOTAL),
    "features alone": (lambda f: arrays(f, outputs=RNG.normal(size=(N, 16)), labels=Y), None),
    "distances": (lambda f: table(f, columns(scores=4 - Z.clip(-3, 3.9), wrap="dist_{}") | {"label": WORDS}), None),
    "the larger of two": (lambda f: table(f, {"prob": np.maximum(ONE, 1 - ONE), "label": TWO}), None),
    "only predictions": (lambda f: table(f, {"prediction": WORDS, "label": WORDS}), None),
    "best few": (best_few, None),
}
"""Inputs that are refused, and the share of right rows that fixes lead to; None: only another export can help."""


def truths(truth):
    return truth if isinstance(truth, tuple) else () if truth is None else (truth,)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", CASES)
def test_what_the_fix_says(tmp_path, name):
    make, truth = CASES[name]
    (tmp_path / "f").mkdir()
    made = make(tmp_path / "f")
    given = made if isinstance(made, Input) else Input(made)
    assert outcome(given, ())[0] == "asked"
    trail = follow(given, truths(truth), tmp_path)
    wrong = [words for kind, words in trail.ends if kind == "wrong"]
    assert not wrong, "\n".join(wrong)
    assert ("right" in trail.kinds()) == (truth is not None), trail.ends


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_what_is_asked_of_random_exports(tmp_path, first):
    for seed in range(first, first + 40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        export = draw(seed, folder)
        given = Input(str(export.path), {name: str(value) for name, value in export.options.items()})
        assert "wrong" not in follow(given, (export.total,), tmp_path).kinds(), (seed, export.said)
        if export.options:  # without the file of labels, it is asked for
            trail = follow(Input(str(export.path)), (export.total,), tmp_path)
            assert "wrong" not in trail.kinds(), (seed, export.said)
