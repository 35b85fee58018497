"""Time of the elaborated fit beside the full and diagonal scalings of other packages, each a process of its own.

    python tests/bench/rivals.py [--rows 50000] [--classes 1000] [--seconds 120] [--only NAME ...]

Every process loads the same npz file, fits, and predicts its rows; it is stopped after --seconds. Needs the folder
`shared` beside the checkout (or CLASSLIFT_SHARED) for its maker of big files, and what is to be timed:
pip install probmetrics numba netcal scikit-learn torch. A package that is missing is named and left out.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from speed import CLASSLIFT, SHARED, timed


def calibrator(name):
    """Fit a calibrator of probmetrics."""

    def run(probabilities, labels):
        from probmetrics import calibrators

        fitted = getattr(calibrators, name)()
        fitted.fit(probabilities, labels)
        return fitted.predict_proba(probabilities)

    return run


def netcal_vector(probabilities, labels):
    """Fit vector scaling of netcal, which it calls logistic calibration."""
    from netcal.scaling import LogisticCalibration

    fitted = LogisticCalibration(temperature_only=False, method="mle")
    fitted.fit(probabilities, labels)
    return fitted.transform(probabilities)


def torch_vector(probabilities, labels):
    """Fit a scale and a shift of each logit by torch's L-BFGS."""
    import torch

    logits, target = torch.from_numpy(np.log(np.maximum(probabilities, 1e-12))), torch.from_numpy(labels)
    scale, shift = torch.ones(logits.shape[1], requires_grad=True), torch.zeros(logits.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits * scale + shift, target)
        loss.backward()
        return loss

    optimizer.step(closure)
    return torch.softmax(logits * scale + shift, dim=1)


def sklearn_logistic(probabilities, labels):
    """Fit a full matrix on log-probabilities by scikit-learn's logistic regression."""
    from sklearn.linear_model import LogisticRegression

    logits = np.log(np.maximum(probabilities, 1e-12))
    return LogisticRegression(max_iter=100).fit(logits, labels).predict_proba(logits)


RIVALS = {
    "probmetrics vector scaling": calibrator("VectorScalingCalibrator"),
    "probmetrics SVS": calibrator("SVSCalibrator"),
    "probmetrics SMS": calibrator("SMSCalibrator"),
    "netcal vector scaling": netcal_vector,
    "torch L-BFGS vector scaling": torch_vector,
    "scikit-learn logistic regression (full)": sklearn_logistic,
}


def alone(name, file):
    """What a rival's process does."""
    warnings.simplefilter("ignore")
    with np.load(file) as z:
        probabilities = np.maximum(z["probs"], 1e-12)
        RIVALS[name](probabilities / probabilities.sum(axis=1, keepdims=True), z["labels"].astype(np.int64))


def seconds_of(name, file, limit):
    """Seconds of a rival's process, or words where it does not end or cannot run."""
    start = time.perf_counter()
    try:
        words = [sys.executable, __file__, "--alone", name, file]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"stopped after {limit} s"
    if done.returncode:
        return "could not run: " + (done.stderr.strip().splitlines() or ["?"])[-1][:100]
    return f"{time.perf_counter() - start:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--only", nargs="*", choices=list(RIVALS))
    parser.add_argument("--alone", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        return alone(*options.alone)
    with tempfile.TemporaryDirectory() as d:
        file = str(Path(d) / "big.npz")
        maker = [sys.executable, str(SHARED / "bench" / "make_big.py"), file]
        size = ["--rows", str(options.rows), "--classes", str(options.classes)]
        subprocess.run([*maker, *size], check=True, stdout=subprocess.DEVNULL)
        fit = [*CLASSLIFT, "fit", file, "-o", f"{d}/layer.npz", "--effect", "in-sample", "--quiet"]
        print("| what | whole process |\n|---|---|")
        print(f"| `classlift fit` (elaborated, in-sample effect) | {timed(fit)[0]:.1f} s |", flush=True)
        for name in options.only or RIVALS:
            print(f"| {name} | {seconds_of(name, file, options.seconds)} |", flush=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
