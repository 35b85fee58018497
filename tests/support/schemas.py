"""JSON Schemas from the types of documents; `python tests/support/schemas.py` writes them into the package."""

import inspect
import json
import types
import typing
from enum import EnumType
from pathlib import Path

from classlift.output.documents import types as documents
from classlift.output.documents.base import SCHEMA_VERSION

FOLDER = Path(documents.__file__).parents[3] / "schemas"
WIDTH = 128
COMMON = f"classlift-common-{SCHEMA_VERSION}.json"
SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schemas():
    """File name to schema, of all documents and of the parts that they share."""
    found = {file_of(kind): _top(file_of(kind), _described(kind)) for kind in documents.DOCUMENTS}
    parts = {part.__name__: _object(part) for part in documents.COMMON}
    found[COMMON] = _top(COMMON, {"title": "Parts that several documents share", "$defs": parts})
    return found


def file_of(kind):
    return f"classlift-{kind}-{SCHEMA_VERSION}.json"


def _top(name, schema):
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **schema}


def _described(kind):
    made = _object(documents.DOCUMENTS[kind])
    made["properties"]["schema"] = {"const": file_of(kind).removesuffix(".json")}
    return {"title": inspect.getdoc(documents.DOCUMENTS[kind]).removesuffix("."), **made}


def _object(kind):
    """Schema of a TypedDict."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        "type": "object",
        **({} if kind in documents.OPEN else {"additionalProperties": False}),
        "required": [name for name in hints if name in kind.__required_keys__],
        "properties": {name: _of(hint) for name, hint in hints.items()},
    }


def _of(hint):
    """Schema of one type."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.NotRequired:
        return _of(inside[0])
    if origin is typing.Annotated:
        return _of(inside[0]) | {key: list(rule) if isinstance(rule, tuple) else rule for key, rule in inside[1:]}
    if origin in (types.UnionType, typing.Union):
        return _nullable(*[kind for kind in inside if kind is not type(None)])
    if origin is list:
        return {"type": "array", "items": _of(inside[0])}
    if origin is dict and inside[0] is not str:
        return _of(dict[str, inside[1]]) | {"propertyNames": _of(inside[0])}
    if origin is dict:
        return {"type": "object"} | ({} if inside[1] is typing.Any else {"additionalProperties": _of(inside[1])})
    if isinstance(hint, EnumType):
        return {"enum": [member.value for member in hint]}
    if typing.is_typeddict(hint):
        return _reference(hint) or _object(hint)
    return {"type": SIMPLE[hint]}


def _nullable(kind):
    made = _of(kind)
    if isinstance(made.get("type"), str):
        return made | {"type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}


def _reference(kind):
    if kind in documents.COMMON:
        return {"$ref": f"{COMMON}#/$defs/{kind.__name__}"}
    name = next((name for name, document in documents.DOCUMENTS.items() if document is kind), None)
    return None if name is None else {"$ref": file_of(name)}


def text_of(schema):
    """A schema as its file holds it: as much on a line as there is room for."""
    return _text(schema, "") + "\n"


def _text(value, indent, lead=0):
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + lead + len(line) < WIDTH or not isinstance(value, dict | list):
        return line
    inner, lines = indent + " ", []
    for part in _parts(value, inner):
        if lines and "\n" not in lines[-1] + part and len(lines[-1]) + len(part) + 2 < WIDTH:
            lines[-1] += f", {part}"
        else:
            lines.append(inner + part)
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{f',{chr(10)}'.join(lines)}{last}"


def _parts(value, indent):
    if isinstance(value, list):
        return [json.dumps(item, ensure_ascii=False) for item in value]
    return [f"{json.dumps(key)}: {_text(item, indent, len(key) + 5)}" for key, item in value.items()]


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text_of(schema), encoding="utf-8")
