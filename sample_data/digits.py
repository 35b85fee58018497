"""Make val.npz and test.npz of scikit-learn's digits, where three classes are rare in training.

`python digits.py`, in a folder of your own. It needs scikit-learn. The 1,797 rows are cut in three. Of the classes 3, 8
and 9 only four rows each stay in the training part. A logistic regression then hardly ever predicts them.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

RARE, KEPT = (3, 8, 9), 4

if Path.cwd() == Path(__file__).resolve().parent:
    sys.exit("val.npz and test.npz of the sample are in this folder: run it in another one.")

x, y = load_digits(return_X_y=True)
x_train, x_rest, y_train, y_rest = train_test_split(x / 16, y, train_size=1 / 3, stratify=y, random_state=0)
x_val, x_test, y_val, y_test = train_test_split(x_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=0)

keep = np.ones(len(y_train), bool)
for digit in RARE:
    keep[np.flatnonzero(y_train == digit)[KEPT:]] = False
model = LogisticRegression(C=0.1, tol=1e-9, max_iter=10_000).fit(x_train[keep], y_train[keep])

for name, rows, labels in (("val", x_val, y_val), ("test", x_test, y_test)):
    np.savez(f"{name}.npz", probs=model.predict_proba(rows).astype(np.float32), labels=labels)
