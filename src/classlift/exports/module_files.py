"""What the PyTorch and Keras targets share: a source file from the package and a layer file beside it."""

from __future__ import annotations

import importlib.util
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlift.errors import ClassliftError
from classlift.exports.result import Exported
from classlift.layer.apply import Output
from classlift.storage.atomic import write_text
from classlift.storage.own.layers import save_layer

if TYPE_CHECKING:
    from classlift.exports.base import Request


def write_module(request: Request, target: str, notes: tuple[str, ...] = ()) -> Exported:
    """Write NAME.safetensors, which is a layer file, and NAME.py, which reads it."""
    if not request.out.stem.isidentifier():
        raise ClassliftError(
            str(request.out),
            "is not a name that Python can import",
            fix="use only letters, digits and _, for example lifted_layer.py.",
        )
    text = (resources.files("classlift.exports") / "sources" / f"{target}_layer.txt").read_text(encoding="utf-8")
    numbers = request.out.with_suffix(".safetensors")
    for name, value in (("KIND", request.own_kind), ("OUTPUT", request.output)):
        text = re.sub(rf'^{name} = "\w+"$', f'{name} = "{value}"', text, count=1, flags=re.MULTILINE)
    save_layer(request.layer, numbers)
    write_text(request.out, text)
    holds = "probabilities" if request.output is Output.PROBS else "scores as the formula gives them"
    return Exported(
        request.name,
        target,
        (str(request.out), str(numbers)),
        "a module to import: load() builds the layer",
        str(request.own_kind),
        (("load()(x)", holds), ("load().lift(x)", "values and predicted classes")),
        notes,
    )


def load_module(path: Path) -> Any:  # noqa: ANN401
    """Import a written source file and build its layer."""
    spec = importlib.util.spec_from_file_location(f"classlift_exported_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load()
