"""From a training run to the deployed model: digits with a long tail, tuned, applied, attached, and seen to help."""

import numpy as np
import pytest

from support.process import classlift

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def long_tail():
    """Digits; of the higher ones ever fewer are trained on."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.7, stratify=y, random_state=0)
    rank = np.array([(y_train[:i] == y).sum() for i, y in enumerate(y_train)])  # within its class
    kept = rank < np.maximum(50 * 0.7**y_train, 4)
    val, test = slice(None, 650), slice(650, None)
    return x_train[kept], y_train[kept], x_rest[val], y_rest[val], x_rest[test], y_rest[test]


def scikit_learn_model(folder, x, y):
    """Train, write model.onnx, and give what predicts probabilities."""
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    model = LogisticRegression(max_iter=500).fit(x, y)
    words = {"options": {"zipmap": False}, "target_opset": {"": 18, "ai.onnx.ml": 3}}
    (folder / "model.onnx").write_bytes(skl2onnx.to_onnx(model, x[:1], **words).SerializeToString())
    return "probs", model.predict_proba


def torch_model(folder, x, y):
    """Train a small network, write model.onnx, and give what predicts logits."""
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        optimizer.step()
    model.eval()
    words = {"input_names": ["X"], "output_names": ["logits"], "dynamic_axes": {"X": {0: "n"}, "logits": {0: "n"}}}
    torch.onnx.export(model, (torch.from_numpy(x[:2]),), folder / "model.onnx", dynamo=False, opset_version=17, **words)
    return "logits", lambda rows: model(torch.from_numpy(rows)).detach().numpy()


def recall(predicted, labels):
    return np.array([(predicted == labels)[labels == k].mean() for k in range(10)])


@pytest.mark.parametrize("make", [scikit_learn_model, torch_model])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_low_classes_are_lifted_in_onnxruntime(make, tmp_path):
    x_train, y_train, x_val, y_val, x_test, y_test = long_tail()
    name, predict = make(tmp_path, x_train, y_train)
    for part, x, y in (("val", x_val, y_val), ("test", x_test, y_test)):
        np.savez(tmp_path / f"{part}.npz", **{name: predict(x)}, labels=y)
    np.savez(tmp_path / "inputs.npz", X=x_test)
    for words in (
        "tune val.npz -o layer.npz --jobs 1",
        "apply layer.npz test.npz -o lifted.npz",
        "export layer.npz --to onnx --attach model.onnx -o lifted.onnx --keep-output"
        " --check test.npz --check-inputs inputs.npz",
    ):
        done = classlift(*words.split(), "--quiet", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    session = onnxruntime.InferenceSession(tmp_path / "lifted.onnx", providers=["CPUExecutionProvider"])
    raw = "probabilities" if name == "probs" else "logits"
    before, adjusted, predicted = session.run([raw, "classlift_probs", "classlift_predicted"], {"X": x_test})
    applied = np.load(tmp_path / "lifted.npz")
    assert np.abs(adjusted - applied["probs"]).max() < 1e-5  # the model itself differs a little between runtimes
    assert (predicted == applied["predicted"]).mean() > 0.99
    old, new = recall(before.argmax(axis=1), y_test), recall(predicted, y_test)
    low = np.argsort(old)[:2]
    assert new[low].mean() > old[low].mean() + 0.1
    assert np.sort(new)[:2].mean() > np.sort(old)[:2].mean() + 0.05
    assert (predicted == y_test).mean() >= (before.argmax(axis=1) == y_test).mean()
