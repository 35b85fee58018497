"""The formulas again: row by row, in long double, with none of the package's code. Slow and obvious on purpose.

`numpy.longdouble` has 64 bits of precision on x86 (eps 1.1e-19). Where a machine has no more than double precision
the comparison tests say so and skip.
"""

import math
from typing import NamedTuple

import numpy as np

LONG = np.longdouble
EXTENDED = np.finfo(LONG).eps < 1e-18


class Solved(NamedTuple):
    """H, whether an eigenvalue was cut, and the condition number of what was kept."""

    parameters: np.ndarray
    singular: bool
    condition: float


def softmax(logits):
    """Softmax in long double, row by row."""
    out = []
    for row in logits.astype(LONG):
        terms = np.exp(row - row.max())
        out.append(terms / terms.sum())
    return np.array(out, LONG).reshape(logits.shape)


def unit_sum(rows):
    """Rows divided by their sum, in long double."""
    rows = rows.astype(LONG)
    return rows / rows.sum(axis=1, keepdims=True)


def accuracies(scores, labels):
    """Accuracy of each class, None for a class without rows; the first class wins a tie."""
    out = []
    for k in range(scores.shape[1]):
        own = [i for i, label in enumerate(labels) if label == k]
        right = sum(1 for i in own if first_maximum(scores[i]) == k)
        out.append(right / len(own) if own else None)
    return out


def first_maximum(row):
    """Position of the largest entry, the first one of equals."""
    best = 0
    for k, value in enumerate(row):
        if value > row[best]:
            best = k
    return best


def competitive(probabilities, labels, rlow, rhigh):
    """Numbers of the competitive rows [Choi 2017]: stored values, widened, both bounds strict."""
    return [
        i
        for i, (row, c) in enumerate(zip(probabilities, labels, strict=True))
        if c >= 0 and float(row[c]) > rlow and max(float(p) for p in row) < rhigh
    ]


def class_weights(accuracy, beta, floor):
    """Weights ``max(Acc, floor)^-beta``; a class without rows has no row to weigh."""
    return np.array([1 if a is None else LONG(max(a, floor)) ** LONG(-beta) for a in accuracy], LONG)


def naive(probabilities, labels):
    """Eq. 6 over all labelled rows."""
    rows = [i for i, c in enumerate(labels) if c >= 0]
    return least_squares(probabilities[rows], labels[rows], np.ones(probabilities.shape[1], LONG), None)


def elaborated(probabilities, labels, *, rlow=0.1, rhigh=0.8, alpha=3.0, beta=1.5, floor=0.1, accuracy=None):
    """Eq. 12; the accuracies are those of all rows unless others are given. None where no row is competitive."""
    accuracy = accuracies(probabilities, labels) if accuracy is None else accuracy
    rows = competitive(probabilities, labels, rlow, rhigh)
    if not rows:
        return None
    return least_squares(probabilities[rows], labels[rows], class_weights(accuracy, beta, floor), alpha)


def least_squares(probabilities, labels, weights, alpha):
    """Rows times their weight, padding rows below them, and the minimum-norm correction of [I | 0]."""
    n_classes = probabilities.shape[1]
    p = unit_sum(probabilities)
    w = weights[labels][:, None]
    target = np.zeros((len(p), n_classes), LONG)
    target[np.arange(len(p)), labels] = 1
    left = w * np.hstack([p, np.ones((len(p), 1), LONG)])
    right = w * (target - p)  # what [I | 0] leaves
    if alpha is not None:
        padding = np.hstack([LONG(alpha) * np.eye(n_classes, dtype=LONG), np.ones((n_classes, 1), LONG)])
        left = np.vstack([left, padding])
        right = np.vstack([right, np.zeros((n_classes, n_classes), LONG)])  # [I | 0] meets their target
    triangle, projected = householder(left, right)
    singular_values, u_scaled, v = jacobi_svd(triangle)
    eigenvalues = singular_values**2
    kept = eigenvalues >= LONG(1e-12) * eigenvalues.max()
    share = (u_scaled @ projected)[kept] / eigenvalues[kept][:, None]
    correction = (v[kept].T @ share).T
    condition = float(eigenvalues.max() / eigenvalues[kept].min())
    return Solved(np.eye(n_classes, n_classes + 1, dtype=LONG) + correction, not kept.all(), condition)


def householder(left, right, height=400):
    """R and Q^T right of the QR factors of `left`; rows join in pieces of `height`, which stay in the cache."""
    n, width = left.shape[1], right.shape[1]
    triangle, projected = np.zeros((n, n), LONG), np.zeros((n, width), LONG)
    for start in range(0, len(left), height):
        rows = slice(start, start + height)
        triangle, projected = _reflect(np.vstack([triangle, left[rows]]), np.vstack([projected, right[rows]]))
    return triangle, projected


def _reflect(left, right):
    n = left.shape[1]
    columns = np.vstack([left.T, right.T])  # a row here is a column there: sums run along memory
    for j in range(n):
        v = columns[j, j:].copy()
        norm = np.sqrt(v @ v)
        if norm == 0:
            continue
        v[0] += norm if v[0] >= 0 else -norm
        share = (columns[j:, j:] @ v) * (2 / (v @ v))
        columns[j:, j:] -= share[:, None] * v
    return np.triu(columns[:n, :n].T), columns[n:, :n].T


def jacobi_svd(matrix):
    """Singular values s, s_i u_i as rows, v_i as rows: one-sided Jacobi rotations, n/2 disjoint pairs at a time."""
    b, v = matrix.T.copy(), np.eye(len(matrix), dtype=LONG)
    eps = np.finfo(LONG).eps
    players = list(range(len(b) + len(b) % 2))
    for _sweep in range(60):
        turned = False
        for _round in range(len(players) - 1):
            half = len(players) // 2
            pairs = [
                (p, q) for p, q in zip(players[:half], players[: half - 1 : -1], strict=True) if max(p, q) < len(b)
            ]
            turned |= _rotate(b, v, np.array(pairs), eps)
            players = [players[0], players[-1], *players[1:-1]]
        if not turned:
            break
    else:
        raise AssertionError("the Jacobi rotations did not converge")
    return np.sqrt((b * b).sum(axis=1)), b, v


def _rotate(b, v, pairs, eps):
    p, q = pairs.T
    norms = (b * b).sum(axis=1)
    c, low = (b[p] * b[q]).sum(axis=1), np.minimum(norms[p], norms[q])
    turn = (np.abs(c) > 16 * eps * np.sqrt(norms[p] * norms[q])) & (low > (16 * eps) ** 2 * norms.max())
    p, q, c = p[turn], q[turn], c[turn]
    if not len(p):
        return False
    zeta = (norms[q] - norms[p]) / (2 * c)
    t = np.where(zeta >= 0, 1, -1) / (np.abs(zeta) + np.sqrt(1 + zeta * zeta))
    cos = (1 / np.sqrt(1 + t * t))[:, None]
    sin = cos * t[:, None]
    for rows in (b, v):
        rows[p], rows[q] = cos * rows[p] - sin * rows[q], sin * rows[p] + cos * rows[q]
    return True


class Step(NamedTuple):
    """A step as plain numbers: domain 'probability', 'log-probability' or 'logit'."""

    domain: str
    weight: np.ndarray | None
    bias: np.ndarray
    gate: float | None = None
    temperature: float = 1.0


def apply_row(row, is_logits, steps):
    """Probabilities of one row after all steps, and whether a gate let it through."""
    stored = softmax(row[None])[0] if is_logits else row.astype(LONG)
    top = float(max(stored))
    taken = [s.gate is None or top < s.gate for s in steps]
    if not any(taken):
        return stored, False
    p, x = stored / stored.sum(), None
    for i, (step, take) in enumerate(zip(steps, taken, strict=True)):
        if i:
            p = np.maximum(p, LONG(1e-6))
            p = p / p.sum()
        if step.domain == "probability":
            x = p
        elif is_logits and i == 0:
            x = row.astype(LONG) if step.domain == "logit" else np.log(p)
        else:
            x = np.log(np.maximum(p, LONG(1e-12)))
        if take:
            x = _affine(x, step)
        if step.domain == "probability":
            p = np.maximum(x, 0)
            p = p / p.sum()
        else:
            p = np.exp(x - x.max())
            p = p / p.sum()
    return p, True


def _affine(x, step):
    out = []
    for k in range(len(x)):
        if step.weight is None:
            total = x[k] / LONG(step.temperature)
        elif step.weight.ndim == 1:
            total = LONG(step.weight[k]) * x[k] / LONG(step.temperature)
        else:
            total = sum((LONG(step.weight[k, j]) * x[j] / LONG(step.temperature) for j in range(len(x))), LONG(0))
        out.append(total + LONG(step.bias[k]))
    return np.array(out, LONG)


def low_classes(accuracy, fraction=0.2):
    """Lowest classes by repeated search; the first class of equals; None is no samples."""
    left = {k: a for k, a in enumerate(accuracy) if a is not None and not math.isnan(a)}
    wanted, chosen = max(1, math.floor(fraction * len(left) + 0.5)), []
    while left and len(chosen) < wanted:
        worst = min(left, key=lambda k: (left[k], k))
        chosen.append(worst)
        del left[worst]
    return chosen


def count(labels, predicted, n_classes):
    """Support, right and predicted rows of each class, counted one by one."""
    support, right, said = [0] * n_classes, [0] * n_classes, [0] * n_classes
    for c, p in zip(labels, predicted, strict=True):
        if c >= 0:
            support[c] += 1
            said[p] += 1
            right[c] += int(c == p)
    return support, right, said
