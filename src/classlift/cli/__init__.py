"""The command line: parse, one library call, tables, status. click lives here alone."""

from classlift.cli.main import main

__all__ = ["main"]
