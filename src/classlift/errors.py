"""The one exception that users see: where, what was found, and how to fix it."""

import re
from collections.abc import Iterable

SCHEME = r"([a-z][\w+.-]{1,20}:/{1,2})"
PASSWORD = (
    rf"(?i){SCHEME}(?:(?=[^/\s\"@]{{0,300}}(?::|%3a))[^/?#\s\"]{{1,300}}@"  # it may hold @ itself
    rf"|(?=[^/\s\"@]{{0,300}}:(?!\d*[/?#]))[^\s\"]{{1,300}}@)"  # or /, as keys of S3 do; a number there is a port
)
TOKEN = r"(?i)(https?:/{1,2})[^/?#\s\"@]{1,300}@"
"""A user of a web address, whose name alone may let somebody in."""

IN_QUERY = (
    r"(?i)((?:[?&](?:sig|token|access_token|api_?key|password|secret_key|awsaccesskeyid|signature"
    r"|x-(?:amz|goog)-(?:signature|credential|security-token))|AccountKey|SharedAccessSignature)=)[^&;\s'\"]+"
)


def without_users(text: str) -> str:
    """Hide user and password in addresses.

    Examples
    --------
    >>> without_users("s3://key:se/cret@bucket/x.npz, abfs://box@account.host:443/x, http://me@host/x")
    's3://***@bucket/x.npz, abfs://box@account.host:443/x, http://***@host/x'
    """
    return re.sub(TOKEN, r"\1***@", re.sub(PASSWORD, r"\1***@", text)) if ":/" in text else text


def without_secrets(text: str) -> str:
    """Hide user and password in addresses, and what signs them.

    Examples
    --------
    >>> without_secrets("s3://key:secret@bucket/x.npz: permission denied")
    's3://***@bucket/x.npz: permission denied'
    >>> without_secrets("https://host/x.npz?X-Amz-Expires=60&X-Amz-Signature=0a1b")
    'https://host/x.npz?X-Amz-Expires=60&X-Amz-Signature=***'
    """
    shown = without_users(text)
    return re.sub(IN_QUERY, r"\1***", shown) if "=" in shown else shown


class ClassliftError(ValueError):
    """Something that the user can put right; for code that knows nothing of it, a wrong value.

    Parameters
    ----------
    where : str
        File, row, option or array that the message is about.
    problem : str
        What was found, against what was expected.
    fix : str
        One sentence that tells what to do.

    Notes
    -----
    ``str(error)`` is the two-line message: ``where: problem`` and ``fix: …``.
    """

    def __init__(self, where: str, problem: str, *, fix: str) -> None:
        self.where, self.problem, self.fix = map(without_secrets, (where, problem, fix))
        super().__init__(self.where, self.problem)

    def __reduce__(self) -> tuple[object, ...]:
        """Let it travel between processes, whatever the arguments of a subclass."""
        return _error, (type(self), self.where, self.problem, self.fix)

    def __str__(self) -> str:
        texts = (self.where, self.problem, self.fix)  # names from files may hold line ends
        where, problem, fix = (_cut(text).replace("\r", r"\r").replace("\n", r"\n") for text in texts)
        return f"{where}: {problem}\nfix: {fix}"


class MissingExtraError(ClassliftError):
    """An optional package is needed and not installed."""

    def __init__(self, where: str, package: str, *, extra: str) -> None:
        super().__init__(
            where,
            f"needs the package {package}, which is not installed",
            fix=f"install it with: pip install 'classlift[{extra}]' (in a checkout: pip install '.[{extra}]')",
        )


def _error(kind: type[ClassliftError], where: str, problem: str, fix: str) -> ClassliftError:
    error = kind.__new__(kind)
    ClassliftError.__init__(error, where, problem, fix=fix)
    return error


LONGEST_TEXT, LONGEST_NAME = 2000, 200
"""Most characters of each part of a message, and of a name for which a similar one is looked for."""


def alike(name: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Give the known name that is most like one that nothing has, or none.

    Examples
    --------
    >>> alike("recal", ["precision", "recall"]), alike("x", ["recall"])
    (['recall'], [])
    """
    import difflib  # noqa: PLC0415  (only for a misspelt name)

    if len(name) > LONGEST_NAME:
        return []
    return difflib.get_close_matches(name, [one for one in known if len(one) <= LONGEST_NAME], 1, cutoff)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
