"""`classlift` and `python -m classlift`; an interrupt during the imports ends as quietly as a later one."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its status."""
    try:
        from classlift.cli.main import main as run  # noqa: PLC0415  (this import can be interrupted)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing was begun\n")
        os._exit(130)
    run()


if __name__ == "__main__":
    main()
