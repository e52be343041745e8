"""A notebook as a program: its cells of code, one after the other."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..grading.submissions.notebook import STAND_IN, holds_python, parse, read_cells
from ..grading.submissions.safe_files import RefusedError
from ..loading import FileError, modules_beside

_OWN = re.compile(r"^(\s*)(?=[%!])", re.MULTILINE)
"""Where a line begins that is IPython's own."""

Rename = Callable[[str], str]


@contextmanager
def program_of(path: Path) -> Iterator[tuple[Path, Rename]]:
    """Give a notebook's program as a file for this block, and what names its cells in a text; other files as they are.

    Raises:
        FileError: it is no notebook.
    """
    if path.suffix != ".ipynb" or not path.is_file():
        yield path, str
        return
    lines, places = _lines_of(path)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, f"{path.stem}.py")
        program.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with modules_beside(path):
            yield program, lambda text: _name_cells(text, path, program, places)


def _lines_of(path: Path) -> tuple[list[str], list[str]]:
    """Return the lines of a notebook's program, and where each stands: "cell 3, line 1"."""
    try:
        cells = read_cells(path.read_bytes())
    except RefusedError:
        raise FileError(f"{path} is no notebook that can be read: save it again, or as a .py file.") from None
    lines = STAND_IN.splitlines()
    places = [""] * len(lines)
    for number, source in cells:
        own = _python_of(source).split("\n")
        lines += own
        places += [f"cell {number}, line {line}" for line in range(1, len(own) + 1)]
    return lines, places


def _python_of(source: str) -> str:
    """Return what of a cell is Python, each line where it is; what is IPython's own does nothing."""
    if parse(source) is not None:
        return source
    magic = source.lstrip().partition("\n")[0]
    if magic.startswith("%%") and not holds_python(magic[2:].split()):
        return re.sub("^", "# ", source, flags=re.MULTILINE)
    return _OWN.sub(r"\1pass  # ", source)


def _name_cells(text: str, path: Path, program: Path, places: list[str]) -> str:
    """Name the cell and its line, where a text names a line of the program."""

    def place(line: str) -> str:
        return places[int(line) - 1] if int(line) <= len(places) else f"line {line}"

    name = re.escape(program.name)
    text = text.replace(str(program), program.name)
    text = re.sub(rf"\b{name}(?::|, line )(\d+)", lambda found: f"{path.name}, {place(found[1])}", text)
    text = re.sub(r"(?<!, )\bline\s+(\d+)", lambda found: place(found[1]), text)
    return text.replace(program.name, path.name)
