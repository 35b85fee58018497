"""The one exception that users see: where, what was found, and how to fix it."""

import re

SECRET = re.compile(r"([A-Za-z][\w+.-]*:/{1,2})[^/\s@'\"]*:[^/\s@'\"]*@")


IN_QUERY = re.compile(
    r"((?:[?&](?:sig|token|access_token|password|secret_key|awsaccesskeyid|signature"
    r"|x-(?:amz|goog)-(?:signature|credential|security-token))|AccountKey|SharedAccessSignature)=)[^&;\s'\"]+",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """Hide user and password in addresses, and what signs them.

    Examples
    --------
    >>> without_secrets("s3://key:secret@bucket/x.npz: permission denied")
    's3://***@bucket/x.npz: permission denied'
    >>> without_secrets("https://host/x.npz?X-Amz-Expires=60&X-Amz-Signature=0a1b")
    'https://host/x.npz?X-Amz-Expires=60&X-Amz-Signature=***'
    """
    return IN_QUERY.sub(r"\1***", SECRET.sub(r"\1***@", text))


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
        where, problem, fix = (text.replace("\r", r"\r").replace("\n", r"\n") for text in texts)
        return f"{where}: {problem}\nfix: {fix}"


class MissingExtraError(ClassliftError):
    """An optional package is needed and not installed."""

    def __init__(self, where: str, package: str, *, extra: str) -> None:
        super().__init__(
            where,
            f"needs the package {package}, which is not installed",
            fix=f"install it with: pip install 'classlift[{extra}]'",
        )


def _error(kind: type[ClassliftError], where: str, problem: str, fix: str) -> ClassliftError:
    error = kind.__new__(kind)
    ClassliftError.__init__(error, where, problem, fix=fix)
    return error
