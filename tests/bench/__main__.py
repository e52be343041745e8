"""`python -m tests.bench [NAME ...]`: run all benchmarks, or those named."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench


def main(names: list[str]) -> None:
    """Run the modules of this folder that have a `main`, in order of their names."""
    modules = [module for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]
    known = [module.name for module in modules if module.name != "__main__"]
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(known)}")
    for name in names or known:
        print(f"\n{name}")
        importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
