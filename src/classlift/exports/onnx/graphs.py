"""ONNX models as files and sessions: new graphs, types and shapes of tensors, saving, onnxruntime."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError, MissingExtraError
from classlift.storage import whole_file
from classlift.storage.atomic import check_regular

if TYPE_CHECKING:
    import numpy as np
    import onnx
    import onnxruntime

    from classlift.exports.onnx.graph_builder import GraphPart

LARGEST = 2_000_000_000
"""A protobuf file holds no more bytes than about this."""


def require_onnx() -> None:
    """Refuse to go on where the package onnx is missing."""
    try:
        import onnx  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("--to onnx", "onnx", extra="onnx") from None


def load_model(path: Path) -> onnx.ModelProto:
    """Read a model; tensors in files of their own stay there."""
    import onnx  # noqa: PLC0415  (an extra)
    from google.protobuf.message import DecodeError  # noqa: PLC0415  (comes with onnx)

    check_regular(path)
    try:
        model = onnx.load(path, format="protobuf", load_external_data=False)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise ClassliftError(str(path), problem, fix="check the name and that you may read it.") from None
    except (DecodeError, ValueError, RuntimeError):
        model = onnx.ModelProto()
    if not model.graph.output or not model.opset_import:
        raise ClassliftError(
            str(path), "is not an ONNX model, or a damaged one", fix="export the classifier to .onnx again."
        )
    return model


def save_model(model: onnx.ModelProto, path: Path) -> None:
    """Write a model, whole or not at all."""
    if model.ByteSize() > LARGEST:
        raise ClassliftError(
            str(path),
            f"would have {model.ByteSize():,} bytes, an ONNX file holds 2 GB",
            fix="save the host with its tensors in a file of their own (external data), or use a diagonal layer.",
        )
    with whole_file(path) as file:
        file.write(model.SerializeToString(deterministic=True))


def add_part(model: onnx.ModelProto, part: GraphPart) -> None:
    """Append nodes and constants to the graph of a model."""
    from onnx import helper  # noqa: PLC0415  (an extra)

    model.graph.node.extend(part.nodes)
    model.graph.initializer.extend(part.constants.values())
    if model.ir_version < 4:  # before that, constants are inputs with a default
        for constant in part.constants.values():
            info = helper.make_tensor_value_info(constant.name, constant.data_type, constant.dims)
            model.graph.input.append(info)


def tensor_info(name: str, dtype: np.dtype[Any], shape: list[int | str]) -> onnx.ValueInfoProto:
    """Name, type and shape of an input or output."""
    from onnx import helper  # noqa: PLC0415  (an extra)

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), shape)


@contextlib.contextmanager
def host_errors(path: Path) -> Iterator[None]:
    """Turn what onnx and protobuf raise over a damaged host into one `ClassliftError`."""
    from onnx.checker import ValidationError  # noqa: PLC0415  (an extra)

    try:
        yield
    except ClassliftError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, StopIteration, ValidationError) as error:
        problem = " ".join(str(error).split())[:200]
        raise ClassliftError(
            str(path),
            f"cannot be used ({type(error).__name__}: {problem})",
            fix="export the classifier again; this file is damaged, or has something that onnx does not read.",
        ) from error


@contextlib.contextmanager
def onnxruntime_errors(where: str) -> Iterator[None]:
    """Turn what onnxruntime raises into one `ClassliftError`."""
    try:
        yield
    except ImportError:
        raise MissingExtraError("--check", "onnxruntime", extra="onnx") from None
    except ClassliftError:
        raise
    except Exception as error:  # onnxruntime's own classes have no common base
        problem = " ".join(str(error).split())[:300]
        raise ClassliftError(
            where,
            f"onnxruntime does not run it ({problem})",
            fix="export the host again, for an opset and types that your onnxruntime runs, or upgrade onnxruntime.",
        ) from None


def _quiet_onnxruntime() -> Any:  # noqa: ANN401  (the module)
    """Import onnxruntime so that it sends nothing and writes no identity of the device: it begins at its import."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415  (an extra)

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def session(content: bytes, folder: Path) -> onnxruntime.InferenceSession:
    """Start a session on one thread pool of the CPU; external data are looked for in `folder`."""
    onnxruntime = _quiet_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder.resolve()))
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
