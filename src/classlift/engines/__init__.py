"""Where independent pieces of work are done: in this process, or in several on this machine."""

from classlift.engines.processes import available_cores, workers

__all__ = ["available_cores", "workers"]
