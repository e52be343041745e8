"""What another process needs of this one's surroundings to import handgrad, and to run an answer."""

from __future__ import annotations

import os
from pathlib import Path

import handgrad

PACKAGE = Path(handgrad.__file__).resolve().parent
"""The folder of the package handgrad: in a checkout that of the engine, which maps there under this name."""

IMPORT_PATH = str(PACKAGE.parent) if PACKAGE.name == handgrad.__name__ else ""
"""What another interpreter needs on its path to import handgrad; "" where an editable install sees to it."""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment in which BLAS does not keep address space for as many threads as the machine has cores."""


def own_environment() -> dict[str, str]:
    """The environment of this process for another one that imports handgrad."""
    path = os.pathsep.join(filter(None, [IMPORT_PATH, os.environ.get("PYTHONPATH")]))
    return {**os.environ, **({"PYTHONPATH": path} if path else {})}
