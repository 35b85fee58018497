"""Nothing is sent: what onnxruntime would write and send when it is imported is off before that."""

import os
import shutil
import subprocess
import sys

import pytest

from support.process import classlift
from support.shared_files import SAMPLE

pytest.importorskip("onnx", reason="needs the extra `onnx`")
pytest.importorskip("onnxruntime", reason="needs the extra `onnx`")


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("telemetry")
    path = folder / "layer.npz"
    assert classlift("fit", SAMPLE / "val.npz", "-o", path, "-q", "--effect", "none").returncode == 0
    return path


def test_no_identity_of_the_device_is_written(layer, tmp_path):
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    done = classlift(
        "export", layer, "--to", "onnx", "-o", layer.with_suffix(".onnx"), "--check", SAMPLE / "test.npz", **home
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace tells which sockets are opened")
def test_no_socket_is_opened(layer, tmp_path):
    trace = tmp_path / "trace.txt"
    words = [
        "export",
        str(layer),
        "--to",
        "onnx",
        "-o",
        str(tmp_path / "l.onnx"),
        "--check",
        str(SAMPLE / "test.npz"),
        "-q",
    ]
    command = ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", str(trace)]
    subprocess.run([*command, sys.executable, "-m", "classlift", *words], env=os.environ, check=True, timeout=120)
    assert "AF_INET" not in trace.read_text()
