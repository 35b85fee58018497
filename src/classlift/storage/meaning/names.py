"""The names that people give to scores, labels and class names."""

from __future__ import annotations

import re

from classlift.data.kind import Kind

PROBABILITY_NAMES = frozenset(
    [
        "probs",
        "prob",
        "probabilities",
        "probability",
        "proba",
        "probas",
        "y_prob",
        "y_probs",
        "y_proba",
        "softmax",
        "softmaxes",
        "pred_probs",
        "pred_proba",
        "predicted_probs",
        "predicted_probabilities",
        "confidences",
        "posteriors",
        "p",
    ]
)
LOGIT_NAMES = frozenset(["logits", "logit", "y_logits", "raw_logits", "logprobs", "log_probs", "log_probabilities"])
OTHER_SCORE_NAMES = frozenset(
    [
        "predictions",
        "prediction",
        "preds",
        "pred",
        "scores",
        "score",
        "y_score",
        "y_scores",
        "outputs",
        "output",
        "y_pred",
        "y_hat",
    ]
)
SCORE_NAMES = PROBABILITY_NAMES | LOGIT_NAMES | OTHER_SCORE_NAMES
LABEL_NAMES = frozenset(
    [
        "labels",
        "label",
        "y",
        "y_true",
        "y_test",
        "true",
        "true_label",
        "true_labels",
        "true_class",
        "target",
        "targets",
        "ground_truth",
        "gt",
        "groundtruth",
        "gold",
        "actual",
        "class",
    ]
)
CLASS_NAMES = ("class_names", "classes", "label_names", "names", "categories", "class_labels")

FAMILY = re.compile(
    r"(?P<prefix>(?P<stem>probs?|probability|probabilities|proba|p|y_prob|y_proba|pred_prob|softmax|logits?|"
    r"scores?|outputs?|preds?|class(?=_?\d))(?:[_.:\- ]|(?=\d)))(?P<suffix>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""A column of scores of one class: a usual stem, a separator (none before a number), and the class."""


def is_usual(name: str) -> bool:
    """Whether a name alone tells what a column holds."""
    return name.strip().lower() in SCORE_NAMES | LABEL_NAMES | set(CLASS_NAMES)


def kind_of(name: str) -> Kind | None:
    """What scores of this name are, or None where the name does not say it."""
    name = name.lower().rstrip("_.:- ")
    if name in PROBABILITY_NAMES:
        return Kind.PROBABILITIES
    return Kind.LOGITS if name in LOGIT_NAMES else None


TOP_K = re.compile(r"top[_\- ]?[\dkn]|_top|ranks?$|indices|^idx", re.IGNORECASE)
"""Names of arrays that hold the best few classes of a row, not all."""
