"""The version of classlift, in the one place that everything reads."""

__version__ = "0.2.0.dev0"
