"""A new kata from the template."""

from __future__ import annotations

import keyword
import re
import sys
import tempfile
from pathlib import Path

from handgrad import HandgradError

from ...files import write_new
from .template import FILES

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class KataNameError(HandgradError, ValueError):
    """A kata cannot be called that."""


def make_kata(parent: Path, name: str) -> Path:
    """Make a complete kata in the new folder parent/name, to be written over.

    Raises:
        KataNameError: the name is no name for a file that Python can import, or is taken.
        OSError: it cannot be written; then nothing of it is there.
    """
    problem = name_problem(name)
    if problem:
        raise KataNameError(f"{problem} Give another: handgrad new NAME")
    folder = parent / name
    if folder.exists():
        raise KataNameError(f"there is a {name} here already, and it is left alone. Give another: handgrad new NAME")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=f".{name}-") as temporary:
            made = Path(temporary, name)
            for path, text in FILES.items():
                write_new(made / path.format(name=name), text.replace("KATA", name).encode("utf-8"))
            made.rename(folder)  # whole, or not at all
    except OSError as error:
        error.filename = str(folder)
        raise
    return folder


def name_problem(name: str) -> str:
    """Return why a kata cannot have this name; "" if it can."""
    if keyword.iskeyword(name):
        return f"'{name}' is a word of Python's own."
    if len(Path(name).parts) > 1:
        return f"a kata is made in the current folder, and '{name}' is a path: go there first (cd)."
    if not _NAME.fullmatch(name):
        return f"'{name}' is no name for a kata: one or two words in lower case, such as leaky_relu."
    if name in sys.stdlib_module_names or name in ("handgrad", "pytest", "solution", "numpy"):
        return f"'{name}' is a module that Python has already, and the kata's file would hide it."
    return ""
