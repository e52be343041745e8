"""The path of `python -m handgrad`: without the current folder, in which a learner's files may be called as any module.

It imports nothing but what Python has built in: whatever is imported before the path is clean may be the learner's.
"""

import sys


def clean_path() -> None:
    """Remove the current folder from the path if Python is about to run this package."""
    if sys.argv[:1] == ["-m"] and _is_ours(sys.orig_argv) and sys.path and not sys.flags.safe_path:
        del sys.path[0]


def _is_ours(command: list[str]) -> bool:
    """Return whether a command of Python's runs a module of this package."""
    for argument, following in zip(command[1:], [*command[2:], ""]):
        if not argument.startswith("-"):
            return False
        if "m" in argument and not argument.startswith("--"):  # "-m handgrad", "-Bm handgrad" or "-mhandgrad"
            return (argument.partition("m")[2] or following).partition(".")[0] == "handgrad"
    return False
