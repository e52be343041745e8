"""What another process needs of this one's surroundings to import handgrad, and to run an answer."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import handgrad

PACKAGE = Path(handgrad.__file__).resolve().parent
"""The folder of the package handgrad: in a checkout that of the engine, which maps there under this name."""

IMPORT_PATH = str(PACKAGE.parent) if PACKAGE.name == handgrad.__name__ else ""
"""What another interpreter needs on its path to import handgrad; "" where an editable install sees to it."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment in which BLAS, when NumPy is imported, does not take address space and threads for all cores."""


_RUN = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
"""What `-m` does, but for the current folder: in a learner's own, a file may be called as any module."""


def module_command(module: str, *arguments: str, flags: Iterable[str] = ()) -> list[str]:
    """Return the command that runs a module in this interpreter."""
    return [sys.executable, *flags, "-c", _RUN, module, *arguments]


def own_environment() -> dict[str, str]:
    """Return the environment of this process for another one that imports handgrad."""
    path = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
    return {**os.environ, **({"PYTHONPATH": path} if path else {})}


@contextlib.contextmanager
def restore_environment() -> Iterator[None]:
    """Restore the environment of this process at the end."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for variable in os.environ.keys() - before.keys():
            del os.environ[variable]
        os.environ.update(before)
