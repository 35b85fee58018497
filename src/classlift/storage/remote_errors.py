"""What stores raise becomes ours, at once and while an object is read."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from classlift.errors import ClassliftError
from classlift.storage.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED = re.compile(
    r"(access|permission).?denied|forbidden|status (code: )?40[13]|authenticat|authoriz|invalid.access.key|signature",
    re.IGNORECASE,
)
"""How stores say that somebody may not."""


class NotThereError(ClassliftError):
    """The object does not exist."""


@contextlib.contextmanager
def stored(url: str) -> Iterator[None]:
    """Turn whatever a store or the way to it raises into a `ClassliftError`; each store has exceptions of its own."""
    try:
        yield
    except (ClassliftError, ImportError, MemoryError):
        raise
    except FileNotFoundError:
        raise NotThereError(url, "no such object or bucket", fix="check the address.") from None
    except Exception as error:
        said = one_line(error)
        if isinstance(error, PermissionError) or DENIED.search(str(error)):
            raise ClassliftError(
                url,
                f"permission denied ({said})",
                fix="give credentials that may do this, in the environment or where the store's own tools keep them.",
            ) from None
        raise ClassliftError(
            url,
            f"cannot be reached ({type(error).__name__}: {said})",
            fix="check the address, the network, and the credentials in the environment.",
        ) from error
