"""Pieces worked by a dask cluster: one on this machine, or one that runs already."""

from __future__ import annotations

import contextlib
import functools
import logging
import operator
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from classlift._version import __version__
from classlift.engines.cores import available_cores
from classlift.engines.workers import children_are_safe, safe_children
from classlift.errors import ClassliftError, MissingExtraError

if TYPE_CHECKING:
    from distributed import Client, Future

FAN_IN = 8
"""Sums that one task adds up: the tree is flat, and no worker holds many matrices."""

RETRIES = 2
"""How often a task that raised is tried again; the tasks of a worker that died are done again as well."""

PATIENCE = 60
"""Seconds to wait for the scheduler and for its first worker."""


class Cluster:
    """Calls functions on the workers of a cluster.

    Parameters
    ----------
    client : Client
        Connected to its scheduler.
    """

    def __init__(self, client: Client) -> None:
        self._client: Any = client  # distributed has few types

    @property
    def width(self) -> int:
        """Threads of all workers."""
        return max(1, int(sum(self._client.nthreads().values())))

    def map(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> list[Any]:  # noqa: ANN401
        """``[function(item, *shared) for item in items]``."""
        results: list[Any] = self._client.gather(self._submit(function, items, shared))
        return results

    def reduce(self, function: Callable[..., Any], items: Sequence[Any], *shared: Any) -> Any:  # noqa: ANN401
        """Sum of these by ``+``, in a tree that the workers add up."""
        level = first = self._submit(function, items, shared)
        while len(level) > 1:
            groups = [level[i : i + FAN_IN] for i in range(0, len(level), FAN_IN)]
            level = [self._client.submit(_add, group, pure=False, retries=RETRIES) for group in groups]
        try:
            return level[0].result()
        except Exception:
            self._abandon(first)
            raise

    def _abandon(self, futures: Sequence[Future]) -> None:
        """Take back tasks that wait, and wait for those that run: they may be writing what is then removed."""
        from distributed import wait  # noqa: PLC0415  (imported already)

        running = {key for keys in self._client.processing().values() for key in keys}
        self._client.cancel([future for future in futures if future.key not in running])
        with contextlib.suppress(TimeoutError):
            wait([future for future in futures if future.key in running], timeout=PATIENCE)  # type: ignore[no-untyped-call]

    def _submit(self, function: Callable[..., Any], items: Sequence[Any], shared: tuple[Any, ...]) -> list[Future]:
        """One task for each item; what they share travels once, and is made again if the workers that hold it die."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            once = [self._client.submit(_given, _Sealed(value), pure=False) for value in shared]
        return [
            self._client.submit(_call, function, _Sealed(item), *once, pure=False, retries=RETRIES) for item in items
        ]


class _Sealed:
    """A value in which dask looks for no tasks."""

    def __init__(self, value: Any) -> None:  # noqa: ANN401
        self.value = value


def _given(sealed: _Sealed) -> Any:  # noqa: ANN401
    return sealed.value


def _call(function: Callable[..., Any], sealed: _Sealed, *shared: Any) -> Any:  # noqa: ANN401
    return function(sealed.value, *shared)


def _add(parts: Sequence[Any]) -> Any:  # noqa: ANN401
    return functools.reduce(operator.add, parts)


@contextlib.contextmanager
def open_engine(scheduler: str | None) -> Iterator[Cluster]:
    """Reach the cluster of `scheduler`, or start one of all cores of this machine that ends with the context."""
    try:
        import distributed  # noqa: PLC0415  (half a second, only for who asks)
    except ImportError as error:
        raise MissingExtraError("--engine dask", error.name or "distributed", extra="dask") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong comes as an exception
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            client = stack.enter_context(_own_cluster(distributed))
        else:
            client = stack.enter_context(_reach(distributed, scheduler))
            _check_workers(client, scheduler)
        with _ours(distributed, scheduler):
            yield Cluster(client)


@contextlib.contextmanager
def _own_cluster(distributed: Any) -> Iterator[Client]:  # noqa: ANN401  (the module)
    """One worker process with one thread for each core; dask gives each one thread of BLAS."""
    if not children_are_safe():
        raise ClassliftError(
            "--engine dask",
            "Python runs with -E, and its workers would import files from the working folder",
            fix="run Python with -I, or without -E.",
        )
    with safe_children():
        cluster = distributed.LocalCluster(
            n_workers=available_cores(), threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        )
        with cluster, distributed.Client(cluster) as client:
            yield client


@contextlib.contextmanager
def _reach(distributed: Any, scheduler: str) -> Iterator[Client]:  # noqa: ANN401  (the module)
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise ClassliftError(
            "--scheduler",
            f"{scheduler} cannot be reached ({type(error).__name__})",
            fix="start it with: dask scheduler; and pass the address that it prints, such as tcp://host:8786.",
        ) from None
    with client:
        yield client


def _check_workers(client: Client, scheduler: str) -> None:
    """Refuse a cluster without workers, or whose workers have another classlift than this."""
    with contextlib.suppress(TimeoutError):
        client.wait_for_workers(1, timeout=PATIENCE)
    try:
        found = set(client.run(_version).values())
    except ImportError as error:
        found = {f"none ({error})"}
    if not found:
        raise ClassliftError("--scheduler", f"{scheduler} has no workers", fix=f"start some: dask worker {scheduler}")
    if found != {__version__}:
        raise ClassliftError(
            "--scheduler",
            f"its workers have classlift {', '.join(sorted(found))}, this is {__version__}",
            fix="install the same version of classlift in the environment of every worker.",
        )


def _version() -> str:
    return __version__


@contextlib.contextmanager
def _ours(distributed: Any, scheduler: str | None) -> Iterator[None]:  # noqa: ANN401  (the module)
    """Turn the end of a cluster, and a task that kills every worker, into a `ClassliftError`."""
    lost = (distributed.KilledWorker, distributed.CancelledError, distributed.comm.core.CommClosedError)
    try:
        yield
    except lost as error:
        raise ClassliftError(
            "--engine dask",
            f"the cluster{'' if scheduler is None else f' at {scheduler}'} gave up ({type(error).__name__}): its "
            "workers died, or it was closed",
            fix="look at the logs of the workers; where memory ran out, use fewer workers on a machine.",
        ) from None
