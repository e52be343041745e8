"""What runs of tests import, imported: what is forked afterwards has it at once."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from handgrad import slips, verdict

from .. import checking  # noqa: F401
from .environment import ONE_THREAD, restore_environment
from .running import run_tests
from .temporary import temporary_folder


def preload(*, draws: bool, arrays: bool = True, folder: Path | None = None) -> None:
    """Import what runs need, in a process that forks for each of them.

    Args:
        draws: whether they draw pictures.
        arrays: whether to import what the katas on arrays need, too.
        folder: as of `warm_up`.
    """
    if draws:
        import handgrad.viz.renderer  # noqa: F401
    warm_up(folder)
    if arrays:
        load_arrays()


def load_arrays() -> None:
    """Import what the katas on arrays and their diagnosis need."""
    with restore_environment():
        # BLAS reads it here, once, and for all forks.
        os.environ.update(ONE_THREAD)
        for module in ("numpy.random", "handgrad.arrays"):
            import_module(module)
        # The engine loads these with the first wrong number: in each fork anew, were they not here.
        for room in (verdict, slips):
            for found in walk_packages(room.__path__, f"{room.__name__}."):
                import_module(found.name)


def warm_up(folder: Path | None = None) -> None:
    """Run pytest once for its own late imports, and restore what else that changes.

    Args:
        folder: for the test that is run; that of temporary files by default.
    """
    place = temporary_folder("check") if folder is None else tempfile.TemporaryDirectory(dir=folder)
    path = list(sys.path)
    with place as temporary, restore_environment():
        test, config = Path(temporary) / "test_warm_up.py", Path(temporary) / "pytest.ini"
        test.write_text("def test_nothing(): pass\n", encoding="utf-8")
        config.write_text("[pytest]\n", encoding="utf-8")
        run_tests(test, [], config)
    sys.path[:] = path
    sys.modules.pop(test.stem, None)
