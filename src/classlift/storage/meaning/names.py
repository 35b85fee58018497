"""The names that people give to scores, labels and class names."""

from __future__ import annotations

import re

from classlift.data.kind import Kind
from classlift.storage.meaning.vocabulary import (
    CLUSTER_NAMES,
    ID_NAMES,
    LOGIT_NAMES,
    OTHER_SCORE_NAMES,
    PLAIN_LABEL_NAMES,
    PROBABILITY_NAMES,
    TRUE_LABEL_NAMES,
)

SCORE_NAMES = PROBABILITY_NAMES | LOGIT_NAMES | OTHER_SCORE_NAMES
LABEL_NAMES = TRUE_LABEL_NAMES | PLAIN_LABEL_NAMES
CLASS_NAMES = ("class_names", "classes", "label_names", "names", "categories", "class_labels")

FAMILY = (
    r"(?is)(?P<prefix>(?P<stem>probs?|probability|probabilities|proba|p|y_prob|y_proba|pred_prob|softmax|logits?|"
    r"scores?|outputs?|preds?|class(?=_?\d))(?:[_.:\- ]|(?=\d)))(?P<suffix>.+)"
)
"""A column of scores of one class: a usual stem, a separator (none before a number), and the class."""


SPLITS = ("validation", "valid", "val", "testing", "test", "training", "train", "dev", "eval", "oof", "holdout")
"""Parts of a data set, which may stand before a usual name."""


PREDICTED = r"(?i)(y|label|labels|class|target)?_?(pred|hat|prediction|predicted)(s|ed|icted)?"
"""A column of predicted classes begins so."""


SCORE_WORD = r"(?i)prob|proba|logit|score|conf|pred|softmax|output|posterior|likelihood|class|^p$|^p\W|^y$"
"""A word that shows that what columns share is not part of a class name."""

NO_SCORES = r"(?i)embed|feature|hidden|box|distance|dist$|^dist(?=_|\b)|nll|loss|neg_?log|perplex"
"""Arrays whose names say that their largest value is not the predicted class."""


def folded(name: str) -> str:
    """A name without case, blanks, underscores, hyphens and points.

    Examples
    --------
    >>> folded("Ground Truth"), folded("y_true")
    ('groundtruth', 'ytrue')
    """
    return re.sub(r"[\s_.\-]+", "", name.strip().lower())


def without_split(name: str) -> str:
    """A name in lower case without the part of the data set before it: ``val_logits`` are ``logits``."""
    lower = re.sub(r"[\s\-.]+", "_", name.strip().lower())
    for split in SPLITS:
        if lower.startswith(split + "_") and len(lower) > len(split) + 1:
            return lower[len(split) + 1 :]
    return lower


def is_label(name: str) -> bool:
    """Whether a name is usual for labels."""
    return folded(name) in LABEL_NAMES or folded(without_split(name)) in LABEL_NAMES


def is_true_label(name: str) -> bool:
    """Whether a name says that it holds the true labels, not predicted ones."""
    return folded(name) in TRUE_LABEL_NAMES or folded(without_split(name)) in TRUE_LABEL_NAMES


def is_score(name: str) -> bool:
    """Whether a name is usual for scores."""
    return name.strip().lower() in SCORE_NAMES or without_split(name) in SCORE_NAMES


def is_predicted(name: str) -> bool:
    """Whether a name says that a column holds predicted classes."""
    return re.match(PREDICTED, name.strip(". ")) is not None or folded(name) in ("argmax", "top1", "output")


def is_id(name: str) -> bool:
    """Whether a name is usual for ids."""
    return folded(name) in ID_NAMES


def is_cluster(name: str) -> bool:
    """Whether rows with one value in a column of this name belong together."""
    return folded(name) in CLUSTER_NAMES


def is_usual(name: str) -> bool:
    """Whether a name by itself tells what a column holds."""
    return is_score(name) or is_label(name) or name.strip().lower() in CLASS_NAMES


def kind_of(name: str) -> Kind | None:
    """What scores of this name are, or None where the name does not say it."""
    name = without_split(name).rstrip("_.:- ")
    if name in PROBABILITY_NAMES:
        return Kind.PROBABILITIES
    return Kind.LOGITS if name in LOGIT_NAMES else None


TOP_K = r"(?i)top[_\- ]?[\dkn]|_top|ranks?$|indices|^idx"
"""Names of arrays that hold the best few classes of a row, not all."""
