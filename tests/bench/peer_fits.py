"""The peers of `peers.py`: (probabilities, labels) -> function from probabilities to predicted classes, shape (n,)."""

import warnings

import numpy as np

FLOOR = 1e-12
LEAST_MULTIPLIER = 1e-2


def probmetrics_calibrator(name):
    """A calibrator of probmetrics with its own defaults."""

    def fit(probabilities, labels):
        from probmetrics import calibrators

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = {
                "temperature": lambda: calibrators.get_calibrator("temp-scaling"),
                "vector": calibrators.VectorScalingCalibrator,
                "svs": lambda: calibrators.get_calibrator("svs"),
                "sms": lambda: calibrators.get_calibrator("sms"),
            }[name]()
            made.fit(probabilities, labels)

        def predict(p):
            return np.asarray(made.predict_proba(p)).argmax(axis=1)

        return predict

    return fit


def f1_cutoffs(probabilities, labels):
    """A cutoff per class, that of its best F1 against the rest; the class furthest above its cutoff wins."""
    from sklearn.metrics import precision_recall_curve

    cutoffs = np.full(probabilities.shape[1], np.inf)
    for k in np.unique(labels):
        precision, recall, at = precision_recall_curve(labels == k, probabilities[:, k])
        f1 = 2 * precision * recall / np.maximum(precision + recall, FLOOR)
        cutoffs[k] = max(at[f1[:-1].argmax()], FLOOR)
    return lambda p: (p / cutoffs).argmax(axis=1)


def logit_adjustment(tau):
    """Menon 2021: the logarithm of the class prior, tau times, is taken from the log-probabilities."""

    def fit(probabilities, labels):
        counts = np.bincount(labels, minlength=probabilities.shape[1])
        bias = -tau * np.log(np.maximum(counts, 1) / len(labels))
        bias[counts == 0] = -np.inf
        return lambda p: (np.log(p) + bias).argmax(axis=1)

    return fit


def drops(delta, by_entropy, rounds=50, step=0.1):
    """DROPS, Wei 2023: scores scaled by g / prior, g the worst class weights within a divergence delta of equal ones.

    In turn g = u exp(loss / lambda), of the losses of the classes under the scaled scores, and
    lambda += step (KL(g, u) - delta), as in the code of the authors. A loss is the cross-entropy, as there by default,
    or the share of wrong rows. The prior is that of the rows: that of the training is not known here.
    """

    def fit(probabilities, labels):
        counts = np.bincount(labels, minlength=probabilities.shape[1])
        seen = counts > 0
        prior = np.maximum(counts, 1) / len(labels)
        equal = seen / seen.sum()
        g, multiplier = equal, 1.0
        for _ in range(rounds):
            scaled = probabilities * (g / prior)
            if by_entropy:
                true = scaled[np.arange(len(labels)), labels] / np.maximum(scaled.sum(axis=1), FLOOR)
                loss = -np.log(np.maximum(true, FLOOR))
            else:
                loss = (scaled.argmax(axis=1) != labels).astype(float)
            mean = np.bincount(labels, loss, len(counts)) / np.maximum(counts, 1)
            g = equal * np.exp((mean - mean[seen].max()) / multiplier)
            g /= g.sum()
            divergence = float((g[seen] * np.log(np.maximum(g[seen], FLOOR) / equal[seen])).sum())
            multiplier = max(multiplier + step * (divergence - delta), LEAST_MULTIPLIER)
        return lambda p: (p * (g / prior)).argmax(axis=1)

    return fit


def minimum_recall(sharpness, most_steps=40):
    """Class weights that maximize the minimum recall, as Elastic's class_assignment_objective asks for, by L-BFGS.

    Recalls are smooth, the mean of softmax(log p + b) of the class over its rows, and the minimum is a soft one.
    """

    def fit(probabilities, labels):
        from scipy.optimize import minimize

        logs, k = np.log(probabilities), probabilities.shape[1]
        counts = np.bincount(labels, minlength=k)
        seen, rows = counts > 0, np.arange(len(labels))

        def value(bias):
            z = logs + bias
            z -= z.max(axis=1, keepdims=True)
            soft = np.exp(z)
            soft /= soft.sum(axis=1, keepdims=True)
            true = soft[rows, labels]
            error = 1 - np.bincount(labels, true, k)[seen] / counts[seen]
            high = error.max()
            weight = np.exp(sharpness * (error - high))
            worst = high + np.log(weight.sum()) / sharpness
            per_row = np.zeros(k)
            per_row[seen] = weight / weight.sum() / counts[seen]
            share = per_row[labels] * true
            return worst, share @ soft - np.bincount(labels, share, k)

        found = minimize(value, np.zeros(k), jac=True, method="L-BFGS-B", options={"maxiter": most_steps})
        return lambda p: (np.log(p) + found.x).argmax(axis=1)

    return fit


PEERS = {
    "temperature scaling": [probmetrics_calibrator("temperature")],
    "vector scaling": [probmetrics_calibrator("vector")],
    "structured vector scaling (SVS)": [probmetrics_calibrator("svs")],
    "structured matrix scaling (SMS)": [probmetrics_calibrator("sms")],
    "per-class F1 cutoffs": [f1_cutoffs],
    "logit adjustment": [logit_adjustment(tau) for tau in (0.1, 0.25, 0.5, 0.75, 1.0)],
    "DROPS": [drops(delta, by_entropy) for by_entropy in (True, False) for delta in (0.02, 0.1, 0.5, 1.0)],
    "maximum minimum recall": [minimum_recall(sharpness) for sharpness in (5.0, 20.0)],
}
