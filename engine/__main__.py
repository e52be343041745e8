"""`python -m handgrad` is the command `handgrad`, which the installed package declares and the engine does not know."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points


def main() -> None:
    """Run the command of this interpreter's own package."""
    points = entry_points(group="console_scripts", name="handgrad")
    if not points:
        sys.exit("handgrad has no command here: it was not installed whole")
    next(iter(points)).load()(prog_name="python -m handgrad")


if __name__ == "__main__":
    main()
