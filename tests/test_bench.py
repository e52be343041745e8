"""The benchmarks are run by hand; that they can be is tested here."""

import importlib
import pkgutil

import pytest

import tests.bench

MODULES = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__main__"])
def test_a_benchmark_is_found_and_has_what_runs_it(name):
    assert callable(importlib.import_module(f"tests.bench.{name}").main)


def test_the_program_that_runs_them_knows_them(monkeypatch):
    from tests.bench.__main__ import ONE_THREAD, main

    for name, threads in ONE_THREAD.items():
        monkeypatch.setenv(name, threads)
    ran = []
    monkeypatch.setattr("tests.bench.scale.main", lambda: ran.append("scale"))
    main(["scale"])
    assert ran == ["scale"]
    with pytest.raises(SystemExit, match="no benchmark is called 'nothing'"):
        main(["nothing"])
