"""Verbs in pieces: the layer of one process to rounding, the same evaluation exactly, the same output row by row."""

from dataclasses import replace

import numpy as np
import pytest

import classlift
from classlift.data.pieces import Pieces
from classlift.engines.pool import Pool
from classlift.errors import ClassliftError
from classlift.evaluation.compare import evaluate_layer
from classlift.evaluation.evaluate import evaluate
from classlift.evaluation.options import EvaluationOptions, Resampling
from classlift.evaluation.two_sources import compare_sources
from classlift.fitting.fit import fit
from classlift.fitting.result import EffectKind
from classlift.fitting.tuning.tune import tune
from classlift.methods import METHODS, Needs, make_settings
from classlift.methods.shared import labelled_rows, normal_rows
from classlift.output.documents.base import to_json
from classlift.output.documents.evaluation import comparison_document, evaluation_document
from classlift.output.documents.files import apply_document
from classlift.output.documents.fitted import tune_document
from classlift.storage import open_predictions
from classlift.storage.pieces import plan, plan_beside
from classlift.storage.read import rechunk
from support.array_source import parameters
from support.cases import random_case

WITHOUT_SUMS = [name for name, one in METHODS.items() if one.additive is None and one.needs is not Needs.ROWS]
IN_ROUNDS = [name for name, one in METHODS.items() if one.additive is None and one.needs is Needs.ROWS]
BY_HAND = {"weights": {"weights": {"0": 2.0}}}
ADDITIVE = [name for name, method in METHODS.items() if method.additive]
FEW = Resampling(50, 0)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(rechunk, "FEWEST", 16)
    monkeypatch.setattr(rechunk, "VALUES", 64)


def saved(path, case, n_shards=3):
    """A folder of shards."""
    path.mkdir()
    for i, rows in enumerate(np.array_split(np.arange(len(case.labels)), n_shards)):
        if len(rows):
            np.savez(path / f"{i}.npz", probs=case.probabilities[rows], labels=case.labels[rows])
    return path


def pieces_of(where):
    """Pieces that are worked in this process, one after the other."""
    source = open_predictions(where)
    engine = Pool(map, 3)
    return Pieces(source, plan(source, engine.width, engine.map), engine)


def comparison(result):
    return to_json(comparison_document(result))


def evaluation(result):
    return to_json(evaluation_document(result))


def assert_near(piecewise, whole):
    """Two layers, to 1e-9, or to what the condition of the system leaves of float64."""
    assert len(piecewise.layer.steps) == len(whole.layer.steps)
    if whole.layer.steps:
        tolerance = max(1e-9, 1e-15 * (1e6 if whole.fitted.singular else whole.fitted.condition))
        near = {"rtol": tolerance, "atol": tolerance}
        np.testing.assert_allclose(parameters(piecewise.layer), parameters(whole.layer), **near)


def assert_equal(one, other):
    """Two layers, to the bit."""
    assert [step.temperature for step in one.steps] == [step.temperature for step in other.steps]
    for name in ("bias", "weight"):
        for ours, theirs in zip(one.steps, other.steps, strict=True):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("method", ADDITIVE)
@pytest.mark.parametrize("seed", range(24))
def test_the_fit_is_that_of_one_process(tmp_path, method, seed):
    where = saved(tmp_path / "shards", random_case(seed))
    cut = pieces_of(where)
    piecewise, whole = fit(cut, method=method), fit(open_predictions(where), method=method)
    assert_near(piecewise, whole)
    exact = ("n_samples", "kind", "fingerprint", "accuracy", "support", "low_classes", "fitted_rows", "singular")
    assert {k: piecewise.layer.provenance[k] for k in exact} == {k: whole.layer.provenance[k] for k in exact}
    assert (piecewise.notes, piecewise.classes, piecewise.settings) == (whole.notes, whole.classes, whole.settings)
    if method != "naive":  # naive is singular: rounding decides between rows that tie
        for ours, theirs in ((piecewise.in_sample, whole.in_sample), (piecewise.out_of_fold, whole.out_of_fold)):
            assert comparison(ours) == comparison(theirs)


@pytest.mark.parametrize("effect", EffectKind)
def test_effects_are_found_where_asked_for(tmp_path, effect):
    cut = pieces_of(saved(tmp_path / "shards", random_case(0)))
    result = fit(cut, effect=effect)
    assert (result.in_sample is None) == (effect is EffectKind.NONE)
    assert (result.out_of_fold is None) == (effect is not EffectKind.OUT_OF_FOLD)


@pytest.mark.parametrize("seed", range(16))
def test_evaluations_are_exactly_the_same(tmp_path, seed):
    where = saved(tmp_path / "shards", random_case(seed), n_shards=4)
    layer = fit(open_predictions(where), effect=EffectKind.NONE).layer
    options = EvaluationOptions(resampling=FEW, confusion=True)
    one = evaluate(pieces_of(where), options)
    assert evaluation(one) == evaluation(classlift.evaluate(where, resampling=FEW, confusion=True))
    two = evaluate_layer(pieces_of(where), layer, options)
    assert comparison(two) == comparison(classlift.evaluate(where, layer=layer, resampling=FEW, confusion=True))
    assert any("in-sample" in note for note in two.notes)


@pytest.mark.parametrize("method", WITHOUT_SUMS)
@pytest.mark.parametrize("seed", range(4))
def test_a_fit_without_sums_is_that_of_one_process_to_the_bit(tmp_path, method, seed):
    where = saved(tmp_path / "shards", random_case(seed))
    settings = make_settings(method, BY_HAND.get(method, {}))
    piecewise, whole = (
        fit(rows, method=method, settings=settings) for rows in (pieces_of(where), open_predictions(where))
    )
    assert_equal(piecewise.layer, whole.layer)
    assert piecewise.notes == whole.notes
    assert comparison(piecewise.in_sample) == comparison(whole.in_sample)
    assert comparison(piecewise.out_of_fold) == comparison(whole.out_of_fold)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("method", IN_ROUNDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_fit_in_rounds_is_that_of_one_process(tmp_path, monkeypatch, method, seed, exact):
    monkeypatch.setattr(normal_rows, "EXACT_ENTRIES", normal_rows.EXACT_ENTRIES if exact else 0)
    where = saved(tmp_path / "shards", random_case(seed))
    settings = make_settings(method, {"from_probabilities": True})
    cut = pieces_of(where)
    piecewise, whole = (fit(rows, method=method, settings=settings) for rows in (cut, open_predictions(where)))
    near = {"rtol": 1e-9, "atol": 1e-9} if exact else {"rtol": 1e-3, "atol": 1e-3}
    for name in ("bias", "weight"):
        for ours, theirs in zip(piecewise.layer.steps, whole.layer.steps, strict=True):
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), **near)
    assert piecewise.notes == whole.notes
    if exact:
        assert comparison(piecewise.in_sample) == comparison(whole.in_sample)
        assert comparison(piecewise.out_of_fold) == comparison(whole.out_of_fold)


@pytest.mark.parametrize("method", [name for name in WITHOUT_SUMS if METHODS[name].needs is Needs.HELD])
def test_of_too_many_rows_pieces_hold_those_of_one_process(folder, monkeypatch, method):
    monkeypatch.setattr(labelled_rows, "MOST_ENTRIES", 1500)
    piecewise, whole = (fit(rows(folder / "val.npz"), method=method) for rows in (pieces_of, open_predictions))
    assert any("chosen evenly" in note for note in whole.notes)
    assert piecewise.notes == whole.notes
    assert_equal(piecewise.layer, whole.layer)
    assert comparison(piecewise.out_of_fold) == comparison(whole.out_of_fold)


def test_no_fold_sees_the_rows_that_it_is_judged_on(folder, monkeypatch):
    seen, plain = [], METHODS["cvar"]

    def counting(rows, counts, settings):
        seen.append(np.bincount(rows.labels, minlength=rows.n_classes))
        return plain.fit(rows, counts, settings)

    monkeypatch.setitem(METHODS, "cvar", replace(plain, fit=counting))
    fit(pieces_of(folder / "val.npz"), method="cvar")
    whole, *training = seen
    assert len(training) == 5
    np.testing.assert_array_equal(sum(whole - one for one in training), whole)


@pytest.mark.parametrize("most_rows", [None, 120])
def test_tuning_in_pieces_finds_the_same_layer(folder, most_rows):
    where = folder / "val.npz"
    piecewise, whole = (tune(rows(where), sample=most_rows) for rows in (pieces_of, open_predictions))
    assert to_json(tune_document(piecewise)) == to_json(tune_document(whole))
    assert_equal(piecewise.layer, whole.layer)
    assert len(pieces_of(where).pieces) > 2


def two_results(folder, *, ids=False, suffix="npz", n_rows=700, **more):
    """Another result in shards, and one in a file, of rows in the same order or with ids in another."""
    rng = np.random.default_rng(5)
    labels, order = rng.integers(0, 5, n_rows), rng.permutation(n_rows) if ids else np.arange(n_rows)
    probs = [rng.dirichlet(np.ones(5), n_rows).astype(np.float32) for _ in range(2)]
    ids = {"photo": np.array([f"photo {i}" for i in range(n_rows)])} if ids else {}
    group = rng.integers(0, 3, n_rows)
    (folder / "old").mkdir()
    for i, rows in enumerate(np.array_split(np.arange(n_rows), [50, 333])):
        named = {name: column[rows] for name, column in ids.items()}
        np.savez(folder / "old" / f"{i}.npz", probs=probs[0][rows], labels=labels[rows], site=group[rows], **named)
    columns = {"probs": probs[1], "labels": labels, "other": group, **ids} | more
    np.savez(folder / "new.npz", **{name: column[order] for name, column in columns.items()})
    return folder / "old", folder / "new.npz"


def both_in_pieces(old, new):
    """Two results in pieces that are worked in this process."""
    sources, engine = [open_predictions(where) for where in (old, new)], Pool(map, 3)
    return [Pieces(source, cut, engine) for source, cut in zip(sources, plan_beside(*sources, 3, map), strict=True)]


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("by", [(), ("site", "other")])
def test_two_results_in_pieces_are_compared_exactly(tmp_path, ids, by):
    old, new = two_results(tmp_path, ids=ids)
    cut = both_in_pieces(old, new)
    assert len(cut[0].pieces) == len(cut[1].pieces) > 4
    options = EvaluationOptions(resampling=FEW, confusion=True, coverage=True, by=by)
    piecewise, whole = (
        compare_sources(*rows, options) for rows in (cut, [open_predictions(where) for where in (old, new)])
    )
    assert comparison(piecewise) == comparison(whole)
    assert piecewise.notes == whole.notes
    assert any("only their labels confirm it" in note for note in whole.notes) == (not ids)
    assert piecewise.coverage().equals(whole.coverage())


def message(rows):
    with pytest.raises(ClassliftError) as caught:
        compare_sources(*rows)
    return str(caught.value)


FAULTS = {
    "a label": lambda labels: np.where(np.arange(len(labels)) == 640, (labels + 1) % 5, labels),
    "more rows": lambda labels: np.append(labels, 0),
    "fewer rows": lambda labels: labels[:-1],
}


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_pair_is_told_as_in_one_process(tmp_path, ids, fault):
    old, new = two_results(tmp_path, ids=ids)
    columns = dict(np.load(new))
    columns["labels"] = FAULTS[fault](columns["labels"])
    rows = np.arange(len(columns["labels"])) % 700
    columns = {name: column if name == "labels" else column[rows] for name, column in columns.items()}
    if ids and fault == "more rows":
        columns["photo"][-1] = "new"
    np.savez(new, **columns)
    told = message(both_in_pieces(old, new))
    assert told == message([open_predictions(where) for where in (old, new)])
    assert {"a label": "has another label", "more rows": "rows", "fewer rows": "rows"}[fault] in told


def test_an_id_that_comes_twice_is_told_as_in_one_process(tmp_path):
    old, new = two_results(tmp_path, ids=True)
    columns = dict(np.load(new))
    columns["photo"][650] = columns["photo"][3]
    np.savez(new, **columns)
    told = message(both_in_pieces(old, new))
    assert told == message([open_predictions(where) for where in (old, new)])
    assert "more than once" in told


def test_a_hopeless_class_is_named_with_its_fold(tmp_path):
    probs = np.tile(np.eye(3, dtype=np.float32)[[0, 1]] * 0.4 + 0.2, (30, 1))
    labels = np.tile([0, 1], 30)
    labels[[0, 1]] = 2
    np.savez(tmp_path / "v.npz", probs=probs, labels=labels)
    settings = make_settings("elaborated", {"accuracy_floor": 0.0})
    with pytest.raises(ClassliftError, match="class 2 has accuracy 0"):
        fit(pieces_of(tmp_path / "v.npz"), settings=settings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("scale")
    case = random_case(8, "plain", n_classes=5)
    probs, labels = np.tile(case.probabilities, (40, 1)), np.tile(case.labels, 40)
    np.savez(path / "val.npz", probs=probs, labels=labels, id=np.arange(len(labels)))
    return path


def test_processes_do_all_verbs(folder, monkeypatch):
    monkeypatch.undo()  # workers have blocks of their usual size
    where = folder / "val.npz"
    piecewise, whole = classlift.fit(where, engine="processes"), classlift.fit(where)
    assert_near(piecewise, whole)
    tuned = [classlift.tune(where, engine=engine) for engine in ("processes", None)]
    assert_equal(*(one.layer for one in tuned))
    checked = classlift.evaluate(where, engine="processes", layer=whole.layer, resampling=FEW)
    assert comparison(checked) == comparison(classlift.evaluate(where, layer=whole.layer, resampling=FEW))
    pair = [classlift.evaluate(where, against=where, engine=engine, resampling=FEW) for engine in ("processes", None)]
    assert comparison(pair[0]) == comparison(pair[1])
    with pytest.raises(ClassliftError, match="is seen only by this process") as caught:
        classlift.evaluate(where, against=dict(np.load(where)), engine="processes")
    assert "file" in caught.value.fix
    done = classlift.apply(whole.layer, where, folder / "parts.npz", engine="processes")
    alone = classlift.apply(whole.layer, where, folder / "alone.npz")
    assert to_json(apply_document(done)) == to_json(apply_document(alone))
    for part, one in zip(
        open_predictions(folder / "parts.npz").blocks(), open_predictions(folder / "alone.npz").blocks(), strict=True
    ):
        assert part.scores.tobytes() == one.scores.tobytes()
        assert part.columns.keys() == one.columns.keys()
        for name, column in part.columns.items():
            np.testing.assert_array_equal(column, one.columns[name])


def test_a_folder_of_parts_is_whole_or_not_there(folder):
    layer = classlift.fit(folder / "val.npz", effect="none").layer
    bad = np.load(folder / "val.npz")["probs"].copy()
    bad[-1, 0] = np.nan
    np.savez(folder / "bad.npz", probs=bad)
    before = set(folder.iterdir())
    with pytest.raises(ClassliftError, match=f"row {len(bad) - 1}"):
        classlift.apply(layer, folder / "bad.npz", folder / "out.npz", engine="processes")
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("val.npz", "exists already"),
        ("full", "suffix"),
        ("missing/x.npz", "folder does not exist"),
        ("-", "standard"),
    ],
)
def test_folders_that_cannot_be_made(folder, monkeypatch, out, words):
    monkeypatch.chdir(folder)
    layer = classlift.fit("val.npz", effect="none").layer
    with pytest.raises(ClassliftError, match=words):
        classlift.apply(layer, "val.npz", out, engine="processes")


def test_unknown_engines_are_refused(folder):
    with pytest.raises(ClassliftError, match="no engine 'spark'"):
        classlift.evaluate(folder / "val.npz", engine="spark")
    with pytest.raises(ClassliftError, match="is not for --engine processes"):
        classlift.evaluate(folder / "val.npz", engine="processes", scheduler="tcp://here:1")
