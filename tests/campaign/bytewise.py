"""Mutations that know nothing of formats: bytes, pieces, numbers and words of a file."""

import re

NUMBERS = [
    *("0", "-0", "1", "-1", "2", "3", "4", "127", "128", "255", "256", "32768", "65535", "65536", "2147483647"),
    *("2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808"),
    *("18446744073709551616", "-9223372036854775809", "1e308", "1e309", "-1e309", "1e-320", "1e400", "nan", "inf"),
    *(
        "-inf",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "0.1",
        ".5",
        "5.",
        "1e",
        "--1",
        "+1",
        "٣",
        "1" * 5000,
        "0" * 300 + "1",
    ),
    *("0.30000000000000004", "1,5", "1.5.2", "999999999999", "1000000000000", "1e5", "12345678901234567890"),
]
WORDS = [
    *(
        "",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\0",
        '"',
        "'",
        ",",
        ";",
        "|",
        "\\",
        "/",
        "../",
        "#",
        "=1+1",
        "[",
        "]",
        "{",
        "}",
    ),
    *(
        "null",
        "None",
        "true",
        "false",
        "NaN",
        "probs",
        "labels",
        "label",
        "class_names",
        "prob_",
        "logits",
        "__metadata__",
    ),
    *(
        "\ufeff",
        "\u202e",
        "\u2028",
        "é",
        "😀" * 60,
        "\ud7ff",
        "\u0000",
        "a" * 3000,
        "::error::",
        "##[error]",
        "(",
        ")",
    ),
    *(
        "text:id",
        "header",
        "step_0_bias",
        "step_0_weight",
        "F32",
        "F64",
        "BF16",
        "I64",
        "U8",
        "<f4",
        "|O",
        "<U9999999",
    ),
    *(
        "[[",
        "]]",
        "[" * 2000,
        "{" * 2000,
        '"""',
        "'''",
        "()",
        "(" * 500,
        "1/0",
        "class[",
        "pp",
        "%",
        ">=",
        "<",
        "+",
        "-",
    ),
]
DIGITS = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
WORD = re.compile(rb"[A-Za-z_]{2,}")
LONGEST = 1 << 16


def mutate(rng, content, others, focus=None):
    """One to eight mutations in a row; `focus` is a range of bytes that is hit more often."""
    for _ in range(1 if rng.random() < 0.5 else rng.randint(2, 8)):
        content = rng.choice(KINDS)(rng, content, others, focus)
    return content[:LONGEST]


def place(rng, content, focus):
    """A position."""
    if focus and rng.random() < 0.7 and focus[0] < min(focus[1], len(content)):
        return rng.randrange(focus[0], min(focus[1], len(content)))
    return rng.randrange(len(content)) if content else 0


def flip(rng, content, others, focus):
    """Flip a bit."""
    if not content:
        return content
    i = place(rng, content, focus)
    return content[:i] + bytes([content[i] ^ (1 << rng.randrange(8))]) + content[i + 1 :]


def set_bytes(rng, content, others, focus):
    """Overwrite one to eight bytes: all ones, all zeros, a small or a random number."""
    i, n = place(rng, content, focus), rng.choice((1, 2, 4, 8))
    new = rng.choice((b"\xff" * n, b"\0" * n, rng.randbytes(n), rng.randrange(256).to_bytes(n, "little"), b"\x7f" * n))
    return content[:i] + new + content[i + n :]


def insert(rng, content, others, focus):
    """Insert a word or random bytes."""
    i = place(rng, content, focus)
    new = rng.choice(WORDS).encode("utf-8", "surrogatepass") if rng.random() < 0.7 else rng.randbytes(rng.randint(1, 9))
    return content[:i] + new + content[i:]


def delete(rng, content, others, focus):
    """Leave some bytes out."""
    i = place(rng, content, focus)
    return content[:i] + content[i + rng.choice((1, 1, 2, 4, 8, 64)) :]


def truncate(rng, content, others, focus):
    """Cut the end off."""
    return content[: place(rng, content, focus)]


def repeat(rng, content, others, focus):
    """A piece twice or many times."""
    i = place(rng, content, focus)
    n = rng.choice((1, 4, 16, 64, 256))
    return content[:i] + content[i : i + n] * rng.choice((2, 2, 3, 50)) + content[i + n :]


def splice(rng, content, others, focus):
    """The beginning of this file and the end of another."""
    other = rng.choice(others)
    return content[: place(rng, content, focus)] + other[place(rng, other, None) :]


def move(rng, content, others, focus):
    """A piece to another place."""
    i, j, n = place(rng, content, focus), place(rng, content, focus), rng.choice((1, 2, 4, 8, 32))
    piece, rest = content[i : i + n], content[:i] + content[i + n :]
    return rest[:j] + piece + rest[j:]


def edit_number(rng, content, others, focus):
    """Another number where one is written in digits."""
    return _replace(rng, content, DIGITS, NUMBERS)


def edit_word(rng, content, others, focus):
    """Another word, or another word of the same file."""
    found = WORD.findall(content)
    words = [w.decode() for w in found] if found and rng.random() < 0.5 else WORDS
    return _replace(rng, content, WORD, words)


def _replace(rng, content, pattern, choices):
    found = list(pattern.finditer(content))
    if not found:
        return content
    match = rng.choice(found)
    return content[: match.start()] + rng.choice(choices).encode("utf-8", "surrogatepass") + content[match.end() :]


KINDS = [
    flip,
    flip,
    set_bytes,
    set_bytes,
    insert,
    delete,
    truncate,
    repeat,
    splice,
    move,
    edit_number,
    edit_number,
    edit_word,
]
