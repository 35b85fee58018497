"""Text from files made safe to show: control and direction characters become their escapes."""

from __future__ import annotations

import unicodedata

from classlift.errors import without_secrets


def printable(text: str) -> str:
    """Replace control, format and unassigned direction characters by their escapes; emoji joiners stay.

    What the log of a CI job takes for a command, ``::`` at the beginning and ``##[`` anywhere, is escaped too.
    Secrets in addresses are hidden.
    """
    text = without_secrets(text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if _is_plain(c) else c.encode("unicode_escape").decode("ascii") for c in text)
    if text.lstrip().startswith("::"):
        text = text.replace("::", r"\x3a:", 1)
    return text.replace("##[", r"#\x23[")


def _is_plain(c: str) -> bool:
    return c == "\u200d" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
