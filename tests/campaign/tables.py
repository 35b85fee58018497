"""Parquet tables that somebody could write, of every type that arrow has."""

import datetime
import decimal
import io

import pyarrow as pa
import pyarrow.parquet as pq

from .bytewise import WORDS, mutate
from .structured import ARRAY_NAMES

NUMBERS = (pa.float16(), pa.float32(), pa.float64(), pa.int8(), pa.int64(), pa.uint8(), pa.uint64(), pa.bool_())
OTHERS = (
    *(pa.string(), pa.large_string(), pa.binary(), pa.binary(4), pa.decimal128(9, 3), pa.date32(), pa.null()),
    *(pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.time64("us"), pa.duration("s")),
)
VALUES = {
    "f": lambda rng: rng.choice((rng.random(), 0.0, 1.0, 0.5, -1.0, float("nan"), float("inf"), 65504.0)),
    "i": lambda rng: rng.randint(0, 2),
    "s": lambda rng: rng.choice((rng.choice(WORDS), "0", "1", "-1", "cat")).replace("\ud7ff", ""),
}


def value(rng, kind):
    """A value of an arrow type, or None now and then."""
    if rng.random() < 0.1 or pa.types.is_null(kind):
        return None
    if _is_list(kind):
        fixed = pa.types.is_fixed_size_list(kind)
        n = kind.list_size if fixed else rng.choice((3, 3, 3, 3, 2, 0))
        return [value(rng, kind.value_type) for _ in range(n)]
    if pa.types.is_struct(kind):
        return {field.name: value(rng, field.type) for field in kind}
    if pa.types.is_floating(kind):
        return VALUES["f"](rng)
    if pa.types.is_boolean(kind):
        return rng.random() < 0.5
    if pa.types.is_integer(kind):
        return VALUES["i"](rng)
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary(kind):
        return rng.randbytes(4)
    if pa.types.is_decimal(kind):
        return decimal.Decimal(rng.randint(0, 3))
    if pa.types.is_date(kind):
        return datetime.date(2020, 1, 1)
    if pa.types.is_temporal(kind):
        return 1
    return VALUES["s"](rng)


def _is_list(kind):
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def odd_type(rng, depth=0):
    """An arrow type, nested at times."""
    what = rng.random()
    if what < 0.35 and depth < 3:
        inner = odd_type(rng, depth + 1) if rng.random() < 0.3 else rng.choice(NUMBERS)
        return rng.choice((pa.list_(inner), pa.list_(inner, 3), pa.large_list(inner)))
    if what < 0.4 and depth < 3:
        return pa.struct([("a", odd_type(rng, depth + 1))])
    return rng.choice(NUMBERS) if what < 0.75 else rng.choice(OTHERS)


def odd_parquet(rng):
    """A table of one to six columns, written with odd options."""
    rows = rng.choice((4, 4, 4, 0, 1, 7))
    arrays, names = [], []
    for k in range(rng.randint(1, 6)):
        kind = rng.choice((pa.list_(pa.float32()), pa.float64(), odd_type(rng), odd_type(rng)))
        arrays.append(pa.array([value(rng, kind) for _ in range(rows)], kind))
        if pa.types.is_string(kind) and rng.random() < 0.3:
            arrays[-1] = arrays[-1].dictionary_encode()
        names.append(rng.choice((*ARRAY_NAMES, "probs", "label", f"prob_{k}", f"prob_{k}", f"p_{k}")))
    metadata = {
        "classlift.class_names": rng.choice(('["a","b","c"]', "[1]", "{", '"abc"', "null", "[null,1,[]]", "\n"))
    }
    schema = pa.schema(
        list(zip(names, (a.type for a in arrays), strict=True)), metadata if rng.random() < 0.3 else None
    )
    out = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=schema),
        out,
        row_group_size=rng.choice((None, 1, 3)) if rows else None,
        compression=rng.choice(("none", "snappy", "gzip", "zstd")),
        use_dictionary=rng.random() < 0.5,
        data_page_version=rng.choice(("1.0", "2.0")),
    )
    return out.getvalue()


def edit_parquet(rng, content, others):
    """Another table; or the footer of a file hit, where its length stays right."""
    if rng.random() < 0.4:
        try:
            return odd_parquet(rng)
        except (pa.ArrowException, OSError, TypeError, ValueError):
            pass
    start = max(4, len(content) - 8 - int.from_bytes(content[-8:-4], "little"))
    if rng.random() < 0.5:
        return mutate(rng, content, others, (start, len(content)))
    footer = mutate(rng, content[start:-8], [other[-600:-8] for other in others])
    return content[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1"
