"""Which column means what, and which row belongs to which label: the right reading, or a question, never a guess.

Every input is made from one model of four classes whose accuracy is known; whatever the columns are called, that figure
or a refusal with a way out must come out.
"""

import numpy as np
import pandas as pd
import pytest

import classlift
from classlift.errors import ClassliftError
from classlift.storage import ReadOptions, open_predictions

NAMES = ["cow", "hen", "pig", "owl"]
RNG = np.random.default_rng(11)
N = 240
LABELS = RNG.integers(0, 4, N)
LOGITS = RNG.normal(size=(N, 4))
LOGITS[np.arange(N), LABELS] += 1.2
PROBS = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
TOTAL = float((PROBS.argmax(axis=1) == LABELS).mean())
TEXT = np.array(NAMES)[LABELS]
WITH = {"index": False}


def frame(head="", tail="", scores=PROBS, label="label", labels=TEXT, names=NAMES, more=()):
    columns = {f"{head}{name}{tail}": scores[:, k] for k, name in enumerate(names)}
    return pd.DataFrame({**dict(more), label: labels, **columns})


def total(where, **options):
    return classlift.evaluate(where, reading=ReadOptions(**options)).total


def saved(frame, path):
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


WRAPPED = [
    *(("", "_prob"), ("", "_score"), ("confidence(", ")"), ("Scored Probabilities_", ""), (".pred_", "")),
    *(("P (y=", ")"), ('Scored Probabilities for Class "', '"'), ("y_", "_PREDICTION"), ("", ""), ("p[", "]")),
]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(("head", "tail"), WRAPPED)
def test_wrapped_class_names(tmp_path, head, tail, suffix):
    path = saved(frame(head, tail, more={"id": np.arange(N)}), tmp_path / f"p{suffix}")
    assert total(path) == TOTAL
    assert open_predictions(path).classes == tuple(NAMES)


def test_the_class_may_be_the_whole_name():
    names = [f"Class_{k}" for k in range(1, 5)]
    assert total(frame(names=names, labels=np.array(names)[LABELS])) == TOTAL


@pytest.mark.parametrize("extra", ["max", "margin", "entropy", "confidence"])
def test_columns_made_from_the_scores_are_no_class(tmp_path, extra):
    more = {f"prob_{extra}": PROBS.max(axis=1)}
    assert total(saved(frame("prob_", more=more), tmp_path / "p.csv")) == TOTAL
    more = {f"logit_{extra}": LOGITS.max(axis=1)}
    assert total(saved(frame("logit_", scores=LOGITS, labels=LABELS, more=more), tmp_path / "l.csv")) == TOTAL


def test_text_members_and_predictors_beside_the_scores(tmp_path):
    more = {".pred_class": TEXT[::-1], "width": RNG.normal(5, 1, N), "length": RNG.normal(3, 1, N)}
    assert total(saved(frame(".pred_", label="species", more=more), tmp_path / "p.csv"), labels_key="species") == TOTAL
    more = {"prob_repair": RNG.random(N), "prob_people": RNG.random(N), "id": np.arange(N)}
    assert total(saved(frame(more=more), tmp_path / "q.csv")) == TOTAL


@pytest.mark.parametrize("name", ["Unnamed: 0", "index", ""])
def test_an_index_column_is_no_class(tmp_path, name):
    path = tmp_path / "p.csv"
    frame(more={name: np.arange(N) + 0.0}).to_csv(path, index=False)
    assert total(path) == TOTAL


TRUE_NAMES = [
    "truth",
    "Ground Truth",
    "true label",
    "true_label",
    "gt",
    "expected",
    "obs",
    "label_ids",
    "y_val",
    "Actual",
]


@pytest.mark.parametrize("name", TRUE_NAMES)
def test_names_of_labels(name):
    assert total(frame("prob_", label=name)) == TOTAL


@pytest.mark.parametrize("true", ["true_label", "truth", "target", "y_true"])
@pytest.mark.parametrize("other", ["label", "labels", "class", "predicted_label"])
def test_the_true_label_goes_before_the_predicted_one(true, other):
    predicted = np.array(NAMES)[PROBS.argmax(axis=1)]
    assert total(frame("prob_", label=true, more={other: predicted})) == TOTAL


def test_two_true_labels_are_asked_about():
    with pytest.raises(ClassliftError, match="more than one thing in it can be the labels: y_true, target"):
        total(
            frame("prob_", label="y_true", more={"target": TEXT})[["y_true", "target", *(f"prob_{n}" for n in NAMES)]]
        )


def test_a_lone_column_of_class_names_is_the_label():
    assert total(frame("prob_", label="Species")) == TOTAL
    with pytest.raises(ClassliftError, match="has no labels"):
        total(frame("prob_", label="Species", more={"other": TEXT[::-1]}))


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int8, np.uint64])
def test_whole_numbers_of_any_type_are_labels(tmp_path, kind):
    assert total({"probs": PROBS, "labels": LABELS.astype(kind)}) == TOTAL
    assert total({"probs": PROBS, "labels": LABELS.astype(kind)[:, None]}) == TOTAL
    assert total(saved(frame("prob_", labels=LABELS.astype(kind), names=range(4)), tmp_path / "p.csv")) == TOTAL


def test_blanks_among_whole_floats_are_unlabelled(tmp_path):
    labels = LABELS.astype(float)
    labels[::10] = np.nan
    known = ~np.isnan(labels)
    expected = float((PROBS.argmax(axis=1) == LABELS)[known].mean())
    assert total({"probs": PROBS, "labels": labels}) == pytest.approx(expected, abs=1e-12)
    path = saved(frame("prob_", labels=labels, names=range(4)), tmp_path / "p.csv")
    assert total(path) == pytest.approx(expected, abs=1e-12)


def test_scientific_notation_is_a_whole_number(tmp_path):
    labels = [f"{k:.18e}" for k in LABELS]
    assert total(saved(frame("prob_", labels=labels, names=range(4)), tmp_path / "p.csv")) == TOTAL


def test_fractions_are_refused():
    with pytest.raises(ClassliftError, match="is a decimal number") as error:
        total({"probs": PROBS, "labels": LABELS + 0.5})
    assert "--labels-key" in error.value.fix


def test_labels_that_skip_a_class_are_not_told_to_subtract():
    with pytest.raises(ClassliftError) as error:
        total({"probs": PROBS[:, :3] / PROBS[:, :3].sum(axis=1, keepdims=True), "labels": LABELS})
    assert "class_names" in error.value.fix


def test_another_case_is_answered_with_the_class_and_read_when_asked():
    table = frame("prob_", labels=[text.upper() for text in TEXT])
    with pytest.raises(ClassliftError) as error:
        total(table)
    assert "did you mean" in error.value.fix and "--labels-as name" in error.value.fix
    assert "prob_" not in error.value.fix
    source = open_predictions(table, ReadOptions(labels_as="name"))
    assert [(block.predicted == block.labels).mean() for block in source.blocks()] == [TOTAL]
    assert any("without regard to case" in note for note in source.notes)


TWO = np.column_stack([1 - PROBS[:, 0], PROBS[:, 0]])
TWO_LABELS = (LABELS == 0).astype(int)
TWO_TOTAL = float((TWO.argmax(axis=1) == TWO_LABELS).mean())


@pytest.mark.parametrize("name", ["prob", "oof_proba", "probability"])
def test_two_classes_in_one_column(tmp_path, name):
    table = pd.DataFrame({"id": np.arange(N), "y_true": TWO_LABELS, name: TWO[:, 1]})
    result = classlift.evaluate(saved(table, tmp_path / "p.csv"))
    assert result.total == TWO_TOTAL
    assert any("class 1" in note for note in result.notes)


def test_labels_minus_one_and_one_are_two_classes():
    result = classlift.evaluate({"probs": TWO, "labels": 2 * TWO_LABELS - 1})
    assert result.total == TWO_TOTAL
    assert any("-1" in note for note in result.notes)
    assert classlift.evaluate({"probs": PROBS, "labels": np.where(LABELS == 1, 1, -1)}).counts.n_samples < N


def test_true_and_false_are_two_classes(tmp_path):
    table = pd.DataFrame({"label": TWO_LABELS.astype(bool), "prob_0": TWO[:, 0], "prob_1": TWO[:, 1]})
    for suffix in (".csv", ".parquet"):
        assert total(saved(table, tmp_path / f"p{suffix}")) == TWO_TOTAL


def test_yes_before_no_with_integer_labels_is_asked():
    table = pd.DataFrame({"label": TWO_LABELS, "prob_yes": TWO[:, 1], "prob_no": TWO[:, 0]})
    with pytest.raises(ClassliftError, match="can be either") as error:
        total(table)
    assert "--labels-as" in error.value.fix
    assert total(table, labels_as="index") == pytest.approx(1 - TWO_TOTAL)
    other = pd.DataFrame({"label": TWO_LABELS, "prob_no": TWO[:, 0], "prob_yes": TWO[:, 1]})
    assert total(other) == TWO_TOTAL


def test_numbers_from_one_in_names_are_names_where_labels_leave_no_choice():
    assert total(frame("V", labels=LABELS + 1, names=range(1, 5))) == TOTAL
    three = float((PROBS.argmax(axis=1) + 1 == LABELS % 3 + 1).mean())
    assert total(frame("V", labels=LABELS % 3 + 1, names=range(1, 5))) == three


def test_columns_of_numbers_in_another_order(tmp_path):
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(12), 60)
    names = sorted(map(str, range(12)))
    table = pd.DataFrame({"label": probs.argmax(axis=1), **{f"prob_{n}": probs[:, int(n)] for n in names}})
    assert total(saved(table, tmp_path / "p.csv")) == 1.0
    layer = classlift.fit({"probs": probs, "labels": probs.argmax(axis=1)}, effect="none").layer
    try:
        result = classlift.evaluate(tmp_path / "p.csv", layer=layer)
    except ClassliftError as error:
        assert "order" in error.problem or "class" in error.problem
    else:
        assert result.before.total == 1.0
        straight = classlift.evaluate({"probs": probs, "labels": probs.argmax(axis=1)}, layer=layer)
        assert result.after.total == straight.after.total


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_labels_of_another_file_pair_by_id(tmp_path, suffix):
    ids = np.array([f"img_{k:04}.png" for k in RNG.permutation(N)])
    saved(frame("prob_", more={"id": ids}).drop(columns="label"), tmp_path / f"p{suffix}")
    order = RNG.permutation(N)
    truth = pd.DataFrame({"id": ids[order], "label": TEXT[order]})
    saved(truth, tmp_path / f"t{suffix}")
    assert total(tmp_path / f"p{suffix}", labels=tmp_path / f"t{suffix}") == TOTAL
    part = pd.concat([truth[: N - 40], pd.DataFrame({"id": ["x", "y"], "label": ["cow", "cow"]})])
    saved(part, tmp_path / f"u{suffix}")
    result = classlift.evaluate(tmp_path / f"p{suffix}", reading=ReadOptions(labels=tmp_path / f"u{suffix}"))
    assert result.counts.n_samples == N - 40
    assert "40 rows of scores have no label, 2 labels have no row" in " ".join(result.notes)
    saved(pd.concat([truth, truth[:1]]), tmp_path / f"v{suffix}")
    with pytest.raises(ClassliftError, match="more than once"):
        total(tmp_path / f"p{suffix}", labels=tmp_path / f"v{suffix}")


def test_one_hot_truth_is_matched_by_name(tmp_path):
    saved(frame("prob_", more={"id": np.arange(N)}).drop(columns="label"), tmp_path / "p.csv")
    hot = pd.get_dummies(pd.Series(TEXT)).astype(int)
    hot.insert(0, "id", np.arange(N))
    saved(hot.sample(frac=1, random_state=1), tmp_path / "t.csv")
    assert total(tmp_path / "p.csv", labels=tmp_path / "t.csv") == TOTAL
    saved(frame("prob_").drop(columns="label"), tmp_path / "q.csv")
    saved(hot.drop(columns="id"), tmp_path / "u.csv")
    assert total(tmp_path / "q.csv", labels=tmp_path / "u.csv") == TOTAL


def test_transposed_scores_are_named():
    with pytest.raises(ClassliftError, match="transposed"):
        total({"probs": np.ascontiguousarray(PROBS.T), "labels": LABELS})


def test_models_side_by_side_and_sigmoids_are_named(tmp_path):
    table = pd.DataFrame({"y": TWO_LABELS, "lgbm": RNG.random(N), "xgb": RNG.random(N), "rf": RNG.random(N)})
    with pytest.raises(ClassliftError, match="may be several models") as error:
        total(table)
    assert "normalize" not in error.value.fix


def test_embeddings_are_not_scores():
    with pytest.raises(ClassliftError, match="no array of scores"):
        total({"embeddings": RNG.normal(size=(N, 64)).astype(np.float32), "labels": LABELS})


def test_predicted_classes_without_scores(tmp_path):
    table = pd.DataFrame({"filename": [f"{k}.png" for k in range(N)], "true_label": TEXT, "predicted_label": TEXT})
    with pytest.raises(ClassliftError, match="only predicted classes"):
        total(saved(table, tmp_path / "p.csv"))


def test_positional_and_split_names_of_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", PROBS, LABELS)
    assert total(tmp_path / "a.npz") == TOTAL
    np.savez(tmp_path / "b.npz", val_logits=LOGITS, val_labels=LABELS)
    assert total(tmp_path / "b.npz") == TOTAL


def test_logits_named_by_class_with_the_flag():
    from classlift.data.kind import Kind

    assert total(frame(scores=LOGITS, label="y"), kind=Kind.LOGITS) == TOTAL


def test_another_column_of_labels_that_differs_is_named():
    one = frame("prob_", label="target", more={"label": TEXT[::-1]})
    assert total(one) == TOTAL
    told = classlift.evaluate(one).notes
    assert (
        "labels are 'target'; 'label', which holds others, is not what they are: if it is, say --labels-key label"
        in told
    )
    assert classlift.evaluate(one.assign(label=TEXT)).notes == ()
