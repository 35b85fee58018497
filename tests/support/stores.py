"""Servers of object stores on this machine, each with an address, an environment and a client."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from pyarrow import fs

from support.process import started

S3_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AZURITE = os.environ.get("CLASSLIFT_AZURITE") or shutil.which("azurite-blob")


@dataclass(frozen=True)
class Server:
    """A store that runs: its address for the client, the scheme of its objects, and how commands find it."""

    address: str
    scheme: str
    client: fs.FileSystem
    environment: dict[str, str] = field(default_factory=dict)

    def read(self, path):
        with self.client.open_input_stream(path, compression=None) as stream:
            return stream.readall()

    def write(self, path, content):
        with self.client.open_output_stream(path, compression=None) as stream:
            stream.write(content)

    def names(self, folder):
        found = self.client.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
        return sorted(info.path for info in found if info.type == fs.FileType.File)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(words, port, **environment):
    """Start a server and wait until it listens."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = started(words, env=os.environ | environment, **quiet)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < end and process.poll() is None, "the server did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def s3(**environment):
    """A server of the S3 protocol."""
    if find_spec("moto") is None:
        pytest.skip("moto, the server of the tests, is not installed")
    port = free_port()
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(words, port, **environment) as address:
        client = fs.S3FileSystem(
            access_key="testing", secret_key="testing", region="us-east-1", endpoint_override=f"127.0.0.1:{port}",
            scheme="http", allow_bucket_creation=True,
        )  # fmt: skip
        yield Server(address, "s3", client, {"AWS_ENDPOINT_URL": address, **S3_KEYS})


@contextmanager
def gs():
    """An emulator of Google Cloud Storage."""
    if find_spec("gcp_storage_emulator") is None:
        pytest.skip("gcp-storage-emulator is not installed")
    port = free_port()
    words = [sys.executable, "-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running([*words, "--in-memory"], port) as address:
        client = fs.GcsFileSystem(
            anonymous=True, scheme="http", endpoint_override=f"127.0.0.1:{port}", project_id="test",
            retry_time_limit=timedelta(seconds=5),
        )  # fmt: skip
        yield Server(address, "gs", client, {"STORAGE_EMULATOR_HOST": address})


@contextmanager
def az():
    """Azurite, the emulator of Azure's store, from npm."""
    if AZURITE is None or not Path(AZURITE).is_file():
        pytest.skip("azurite is not installed: npm install azurite, and CLASSLIFT_AZURITE=…/.bin/azurite-blob")
    port = free_port()
    words = [AZURITE, "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with running([*words, "--blobPort", str(port)], port) as address:
        place = f"127.0.0.1:{port}"
        client = fs.AzureFileSystem(
            ACCOUNT, account_key=AZURE_KEY, blob_storage_authority=place, dfs_storage_authority=place,
            blob_storage_scheme="http", dfs_storage_scheme="http",
        )  # fmt: skip
        said = f"AccountName={ACCOUNT};AccountKey={AZURE_KEY};BlobEndpoint={address}/{ACCOUNT};"
        yield Server(address, "az", client, {"AZURE_STORAGE_CONNECTION_STRING": said})


SERVERS = {"s3": s3, "gs": gs, "az": az}
