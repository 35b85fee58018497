"""`classlift` and `python -m classlift`; an interrupt during the imports ends as quietly as a later one.

Nothing that lies in the working folder may be imported, so nothing but built-in modules is before its place in the path
is gone; that is why annotations are not postponed here and in the package.
"""

import os
import sys


def main() -> None:
    """Run the command line and end the process with its status."""
    sys.unraisablehook = _on_unraisable
    try:
        _leave_working_folder()
        from classlift.cli.main import main as run  # noqa: PLC0415  (this import can be interrupted)
    except KeyboardInterrupt:
        _interrupted()
    except (ImportError, MemoryError) as error:
        if sys.stderr is not None:
            sys.stderr.write(
                f"classlift: could not be loaded ({error})\nfix: allow it more memory, or install it anew.\n"
            )
        os._exit(2)
    run()


def _interrupted() -> None:
    if sys.stderr is not None:
        sys.stderr.write("interrupted before anything began\n")
    os._exit(130)


def _on_unraisable(found: "sys.UnraisableHookArgs") -> None:
    """End where an interrupt was lost in a callback of the import; show anything else."""
    if found.exc_type is KeyboardInterrupt:
        _interrupted()
    sys.__unraisablehook__(found)


def _leave_working_folder() -> None:
    """Take the folder that ``python -m`` put first into the path out of it, or to its end where we live in it."""
    if __name__ != "__main__" or sys.flags.safe_path or not sys.path:
        return
    first = sys.path.pop(0)
    if first == os.path.dirname(os.path.dirname(os.path.abspath(__file__))):  # noqa: PTH100, PTH120
        sys.path.append(first)


if __name__ == "__main__":
    main()
