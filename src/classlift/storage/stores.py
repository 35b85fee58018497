"""Which file system holds an address: pyarrow's for S3, Google, Azure and Hadoop, those of fsspec for all else."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from pyarrow import fs

from classlift.errors import ClassliftError, without_users
from classlift.storage.remote_errors import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

WITH_BUCKETS = {"oss", "oci", "swift", "r2", "b2"}
"""Stores of fsspec where an object appears whole when its upload ends; elsewhere it is renamed at the end."""

BUCKET = re.compile(r"\$?[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
"""Names of buckets and of Azure's containers, those of old too."""

PATIENCE = timedelta(seconds=30)
"""How long Google's store is asked again where it does not answer."""

DEVELOPMENT = {
    "AccountName": "devstoreaccount1",
    "AccountKey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}
"""What ``UseDevelopmentStorage=true`` stands for: the published account of the emulator Azurite."""


class Store(NamedTuple):
    """A file system, the name of an object in it, and whether it has buckets."""

    system: fs.FileSystem
    path: str
    has_buckets: bool


def store_of(url: str) -> Store:
    """Find the store of an address.

    Raises
    ------
    ClassliftError
        If it cannot be used, the address holds a password, or no bucket can have such a name.
    """
    if without_users(url) != url:
        raise ClassliftError(
            url,
            "holds a password, which others can see",
            fix="leave it out; the store takes it from the environment, or from a file of its own tools.",
        )
    scheme, _, rest = url.partition("://")
    make = NATIVE.get(scheme.lower())
    if make is None:
        return _of_fsspec(url)
    bucket = rest.partition("/")[0].partition("@")[0] if make is _azure else rest.partition("/")[0]
    if make is not _hdfs and not BUCKET.fullmatch(bucket):
        raise ClassliftError(
            url,
            f"{bucket!r} cannot be the name of a bucket: expected letters, digits, -, _ and .",
            fix=f"write the address as {scheme}://BUCKET/KEY.",
        )
    with stored(url):
        return make(url, rest.rstrip("/"))


def _s3(url: str, path: str) -> Store:
    """S3 and what speaks its protocol, set up as Amazon's own tools are."""
    del url
    profile = _profile()
    endpoint = (
        os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or profile.get("endpoint_url", "")
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or profile.get("region")
    where: dict[str, Any] = {"region": region or "us-east-1"}
    if endpoint:
        where |= {"scheme": urlsplit(endpoint).scheme, "endpoint_override": urlsplit(endpoint).netloc}
    else:
        where["region"] = _region_of(path.partition("/")[0]) or region
    attempts = int(os.environ.get("AWS_MAX_ATTEMPTS", "3"))
    system = fs.S3FileSystem(retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=attempts), **where)
    return Store(system, path, has_buckets=True)


@cache
def _region_of(bucket: str) -> str | None:
    """Region of a bucket of Amazon's, which may be another than that of the user."""
    try:
        return str(fs.resolve_s3_region(bucket))
    except OSError:
        return None


def _profile() -> Mapping[str, str]:
    """Region and endpoint of the profile in use; pyarrow reads its keys, but not these."""
    from configparser import ConfigParser  # noqa: PLC0415  (only for S3)

    file = os.environ.get("AWS_CONFIG_FILE") or Path("~/.aws/config").expanduser()
    name = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    found = ConfigParser(default_section="", interpolation=None)
    found.read(file, encoding="utf-8")
    section = next((s for s in (f"profile {name}", name) if s in found), None)
    return {} if section is None else found[section]


def _gcs(url: str, path: str) -> Store:
    """Google Cloud Storage with the default credentials, or an emulator of it without any."""
    del url
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    where = urlsplit(emulator if "//" in emulator else f"http://{emulator}")
    more = {"anonymous": True, "scheme": where.scheme, "endpoint_override": where.netloc} if emulator else {}
    return Store(fs.GcsFileSystem(retry_time_limit=PATIENCE, **more), path, has_buckets=True)


def _azure(url: str, path: str) -> Store:
    """Azure: ``az://container/key``, or ``abfs://container@account.dfs.core.windows.net/key``."""
    first, _, key = path.partition("/")
    container, _, host = first.partition("@")
    said = _connection(os.environ.get("AZURE_STORAGE_CONNECTION_STRING", ""))
    account = host.partition(".")[0] or said.get("AccountName") or _first("AZURE_STORAGE_ACCOUNT_NAME", "_ACCOUNT")
    if not account:
        raise ClassliftError(
            url,
            "does not tell the account",
            fix="set AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING, or name "
            "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/KEY.",
        )
    secrets = {
        "account_key": said.get("AccountKey") or _first("AZURE_STORAGE_ACCOUNT_KEY", "_KEY"),
        "sas_token": said.get("SharedAccessSignature") or _first("AZURE_STORAGE_SAS_TOKEN"),
    }
    given = {name: value for name, value in secrets.items() if value}
    system = fs.AzureFileSystem(account, **given, **_azure_hosts(account, host, said))
    return Store(system, f"{container}/{key}".rstrip("/"), has_buckets=True)


def _azure_hosts(account: str, host: str, said: Mapping[str, str]) -> dict[str, str]:
    """Where an account is reached, if not at the usual place."""
    endpoint = urlsplit(said.get("BlobEndpoint", ""))
    suffix = said.get("EndpointSuffix") or host.partition(".dfs.")[2]
    if endpoint.netloc:
        place = endpoint.netloc.removeprefix(account)
        dfs = place.replace(".blob.", ".dfs.", 1)
        return {
            "blob_storage_authority": place, "dfs_storage_authority": dfs,
            "blob_storage_scheme": endpoint.scheme, "dfs_storage_scheme": endpoint.scheme,
        }  # fmt: skip
    if suffix:
        return {"blob_storage_authority": f".blob.{suffix}", "dfs_storage_authority": f".dfs.{suffix}"}
    return {}


def _connection(text: str) -> dict[str, str]:
    """Parts of a connection string."""
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    return DEVELOPMENT | parts if parts.get("UseDevelopmentStorage") == "true" else parts


def _first(name: str, short: str = "") -> str:
    """Value of an environment variable, or of the one that Azure's command line calls shorter."""
    return os.environ.get(name) or os.environ.get(f"AZURE_STORAGE{short}" if short else "", "")


def _hdfs(url: str, path: str) -> Store:
    """Hadoop, through its own client."""
    try:
        system, path = fs.FileSystem.from_uri(url)
    except OSError as error:
        if "libjvm" not in str(error) and "libhdfs" not in str(error):
            raise
        raise ClassliftError(
            url,
            "needs Hadoop's libhdfs and Java, which were not found",
            fix="install Hadoop's client and set HADOOP_HOME, JAVA_HOME and CLASSPATH (hadoop classpath --glob).",
        ) from None
    return Store(system, path, has_buckets=False)


def _of_fsspec(url: str) -> Store:
    try:
        import fsspec  # noqa: PLC0415  (only for who names such an address)

        with stored(url):
            system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = error.name or getattr(error.__cause__, "name", None) or "fsspec"
        raise ClassliftError(
            url, f"needs the package {package}, which is not installed", fix=f"install it with: pip install {package}"
        ) from None
    system.invalidate_cache()
    protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    return Store(fs.PyFileSystem(fs.FSSpecHandler(system)), path, bool(WITH_BUCKETS & protocols))


NATIVE = {
    "s3": _s3, "s3a": _s3, "gs": _gcs, "gcs": _gcs, "az": _azure, "abfs": _azure, "abfss": _azure,
    "hdfs": _hdfs, "viewfs": _hdfs,
}  # fmt: skip
"""What pyarrow reaches without more packages, by the scheme of the address."""
