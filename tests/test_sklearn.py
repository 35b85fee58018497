"""The estimator: scikit-learn's own checks where they apply, and what its users do with estimators."""

import pickle

import numpy as np
import pandas as pd
import pytest

import classlift

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from classlift.sklearn import OutputLayerClassifier

COLUMNS = "its data have another number of columns than classes; here each column is a class"
DOES_NOT_APPLY = {
    "check_estimators_overwrite_params": COLUMNS,
    "check_estimators_fit_returns_self": COLUMNS,
    "check_readonly_memmap_input": COLUMNS,
    "check_classifiers_classes": COLUMNS,
    "check_classifiers_train": COLUMNS,
}
LABELS_UNREAD = {"check_classifiers_one_label": "this method reads no labels, so one label teaches it nothing"}


def does_not_apply(estimator):
    return DOES_NOT_APPLY | (LABELS_UNREAD if estimator.method == "scaled-bn" else {})


@parametrize_with_checks(
    [OutputLayerClassifier(method=method, kind="logits") for method in ("final-bn", "scaled-bn")],
    expected_failed_checks=does_not_apply,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


NAMES = np.array(["ant", "bee", "cat", "dog"])


def data(n=600, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, n, p=[0.55, 0.25, 0.15, 0.05])
    logits = rng.normal(0, 1, (n, 4)) + np.log([0.6, 0.25, 0.1, 0.05])
    logits[np.arange(n), labels] += 1.8
    p = np.exp(logits)
    return p / p.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("method", ["tune", "elaborated", "matrix-scaling"])
def test_it_is_the_layer_that_the_library_fits(method):
    p, y = data()
    made = OutputLayerClassifier(method=method, classes=NAMES).fit(p, NAMES[y])
    predictions = {"probs": p, "labels": y}
    same = classlift.tune(predictions) if method == "tune" else classlift.fit(predictions, method=method, effect="none")
    new, _ = data(seed=1)
    assert np.array_equal(made.predict_proba(new), classlift.apply_array(same.layer, new))
    assert np.array_equal(made.predict(new), NAMES[made.predict_proba(new).argmax(axis=1)])
    assert made.classes_.tolist() == NAMES.tolist()


def test_clone_pickle_search_and_cross_validation():
    p, y = data()
    estimator = OutputLayerClassifier(method="logit-adjust", settings={"tau": 0.5})
    assert clone(estimator).get_params() == estimator.get_params()
    estimator.set_params(classes=NAMES.tolist())
    fitted = clone(estimator).fit(p, NAMES[y])
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(p), fitted.predict_proba(p))
    numbered = clone(estimator).set_params(classes=None)  # scikit-learn numbers the labels for this method
    out = cross_val_predict(numbered, p, y, method="predict_proba", cv=3)
    assert out.shape == p.shape
    before = np.array([(p.argmax(axis=1) == k)[y == k].mean() for k in range(4)])
    after = np.array([(out.argmax(axis=1) == k)[y == k].mean() for k in range(4)])
    assert after[3] > before[3] + 0.05
    assert cross_val_score(estimator, p, NAMES[y], cv=3, scoring="balanced_accuracy").mean() > before.mean()
    search = GridSearchCV(estimator, {"settings": [{"tau": 0.0}, {"tau": 1.0}]}, scoring="balanced_accuracy", cv=3)
    assert search.fit(p, NAMES[y]).best_params_["settings"] == {"tau": 1.0}
    pipeline = make_pipeline(FunctionTransformer(lambda z: z / z.sum(axis=1, keepdims=True)), estimator)
    assert pipeline.fit(p * 3, NAMES[y]).predict(p * 3).shape == y.shape


def test_the_labels_of_the_columns():
    p, y = data()
    seen = y < 3
    absent = OutputLayerClassifier(method="logit-adjust").fit(p[seen], y[seen])
    assert absent.classes_.tolist() == [0, 1, 2, 3]
    order = np.array(["dog", "cat", "bee", "ant"])
    named = OutputLayerClassifier(method="logit-adjust", classes=order).fit(p[seen], order[y[seen]])
    assert np.array_equal(named.predict(p), order[absent.predict(p)])
    for words, labels, expected in (
        ({}, NAMES[y[seen]], "pass classes="),
        ({"classes": ["a", "b", "c"]}, NAMES[y[seen]], "classes names 3 labels"),
        ({"kind": "scores"}, y[seen], "expected 'probabilities' or 'logits'"),
        ({"settings": {"tau": "much"}}, y[seen], "--tau"),
    ):
        with pytest.raises(ValueError, match=expected):
            OutputLayerClassifier(method="logit-adjust", **words).fit(p[seen], labels)
    with pytest.raises(ValueError, match="sum to"):
        OutputLayerClassifier(method="naive").fit(p * 2, y)


def test_names_are_never_sorted_over_the_columns():
    p, y = data()
    order = np.array(["dog", "ant", "cat", "bee"])
    with pytest.raises(ValueError, match="y holds names, and X does not say which column is whose: pass classes="):
        OutputLayerClassifier(method="logit-adjust").fit(p, order[y])
    frame = pd.DataFrame(p, columns=order)
    fitted = OutputLayerClassifier(method="logit-adjust").fit(frame, order[y])
    assert fitted.classes_.tolist() == order.tolist()
    assert fitted.score(frame, order[y]) > 0.6


def test_a_fitted_layer_is_saved_and_applied_to_files(tmp_path):
    p, y = data()
    fitted = OutputLayerClassifier(method="elaborated").fit(p, y)
    classlift.save_layer(fitted.layer_, tmp_path / "layer.json")
    layer = classlift.load_layer(tmp_path / "layer.json")
    assert np.array_equal(classlift.apply_array(layer, p), fitted.predict_proba(p))
