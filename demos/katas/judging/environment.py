"""What another process needs of this one's surroundings to import handgrad, and to run an answer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import handgrad

PACKAGE = Path(handgrad.__file__).resolve().parent
"""The folder of the package handgrad: in a checkout that of the engine, which maps there under this name."""

IMPORT_PATH = str(PACKAGE.parent) if PACKAGE.name == handgrad.__name__ else ""
"""What another interpreter needs on its path to import handgrad; "" where an editable install sees to it."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment in which BLAS, when NumPy is imported, does not take address space and threads for all cores."""


def own_environment() -> dict[str, str]:
    """The environment of this process for another one that imports handgrad."""
    path = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
    return {**os.environ, **({"PYTHONPATH": path} if path else {})}


@contextlib.contextmanager
def kept_environment() -> Iterator[None]:
    """Puts the environment of this process back at the end."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for variable in os.environ.keys() - before.keys():
            del os.environ[variable]
        os.environ.update(before)
