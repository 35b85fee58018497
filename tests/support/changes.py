"""Two results on the same rows, by their predicted classes."""

import numpy as np

import classlift


def compared(before, after, labels, names=None):
    """Comparison of two lists of predicted classes."""
    k = max(labels) + 1
    more = {} if names is None else {"class_names": np.array(names)}

    def of(predicted):
        probs = np.full((len(labels), k), 0.1 / k)
        probs[np.arange(len(labels)), predicted] += 0.9
        return {"probs": probs, "labels": np.array(labels), **more}

    return classlift.evaluate(of(after), against=of(before))


LABELS = np.repeat([0, 1, 2], 200)


def moved(rows_of, to):
    """The right classes, but `rows_of[k]` rows of class k are taken for class to[k]."""
    out = LABELS.copy()
    for k, n in rows_of.items():
        out[np.flatnonzero(k == LABELS)[:n]] = to[k]
    return out
