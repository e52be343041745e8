"""What every check imports, imported: what is forked afterwards has it at once."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

from .. import checking  # noqa: F401
from .examine import run_tests
from .temporary import temporary_folder


def load_arrays() -> None:
    """Import what the katas on arrays need: longer than their tests take."""
    for module in ("numpy.random", "handgrad.arrays", "handgrad.checking.array_result"):
        import_module(module)


def warm_up(folder: Path | None = None) -> None:
    """Run pytest once so that it has done its own late imports, too.

    Args:
        folder: for the test that is run; that of temporary files by default.
    """
    place = temporary_folder("check") if folder is None else tempfile.TemporaryDirectory(dir=folder)
    with place as temporary:
        test, config = Path(temporary) / "test_warm_up.py", Path(temporary) / "pytest.ini"
        test.write_text("def test_nothing(): pass\n", encoding="utf-8")
        config.write_text("[pytest]\n", encoding="utf-8")
        run_tests(test, [], config)
