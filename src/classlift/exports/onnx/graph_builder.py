"""A piece of an ONNX graph under construction: nodes and constants whose names share a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

DEFAULT_OPSET = 17
"""Operator version of an ONNX model of its own."""

LOWEST_OPSET = 9
"""`Where` came with it; nothing else needs more."""


class GraphPart:
    """Collects nodes and constants for one opset.

    Parameters
    ----------
    prefix : str
        Begins the name of everything in it.
    opset : int
        Version of the standard operators, at least 9.
    dtype : dtype of float32 or float64
        Type in which the arithmetic is done.
    """

    def __init__(self, prefix: str, opset: int, dtype: np.dtype[Any]) -> None:
        self.prefix, self.opset, self.dtype = prefix, opset, dtype
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.made: dict[tuple[object, ...], str] = {}

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node; its one output has the name that is returned. What is there already is not made again."""
        from onnx import helper  # noqa: PLC0415  (an extra)

        key = (operator, inputs, tuple(sorted((name, str(value)) for name, value in attributes.items())))
        if not name and key in self.made:
            return self.made[key]
        output = name or f"{self.prefix}{operator.lower()}_{len(self.nodes)}"
        label = f"{self.prefix}node_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=label, **attributes))
        self.made[key] = output
        return output

    def constant(self, name: str, values: NDArray[Any] | float, dtype: np.dtype[Any] | None = None) -> str:
        """Add a constant; numbers with a point get the type of the arithmetic unless another is named."""
        from onnx import numpy_helper  # noqa: PLC0415  (an extra)

        array = np.asarray(values)
        array = array.astype(dtype or self.dtype) if array.dtype.kind == "f" else array
        full = f"{self.prefix}{name}"
        self.constants[full] = numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), full)
        return full

    def cast(self, x: str, dtype: np.dtype[Any]) -> str:
        """Convert to another floating type."""
        from onnx import helper  # noqa: PLC0415  (an extra)

        return self.node("Cast", x, to=helper.np_dtype_to_tensor_dtype(dtype))

    def row_sum(self, x: str) -> str:
        """Sum of each row, shape (n, 1); the axes are an input from opset 13 on."""
        if self.opset < 13:
            return self.node("ReduceSum", x, axes=[1], keepdims=1)
        return self.node("ReduceSum", x, self._axis(), keepdims=1)

    def row_maximum(self, x: str) -> str:
        """Maximum of each row, shape (n, 1); the axes are an input from opset 18 on."""
        if self.opset < 18:
            return self.node("ReduceMax", x, axes=[1], keepdims=1)
        return self.node("ReduceMax", x, self._axis(), keepdims=1)

    def best_class(self, x: str) -> str:
        """First class with the maximum of each row, int64, shape (n, 1)."""
        return self.node("ArgMax", x, axis=1, keepdims=1)

    def _axis(self) -> str:
        return self.constant("axis", np.array([1], np.int64))
