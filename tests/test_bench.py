"""The benchmarks are run by hand; that they can be is tested here."""

import importlib
import pkgutil
import re

import pytest

import tests.bench
from tests.bench import __main__ as program

MODULES = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]
TIMED = [name for name in MODULES if name not in ("__main__", *program.SURVEYS)]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__main__"])
def test_a_benchmark_is_found_and_has_what_runs_it(name):
    assert callable(importlib.import_module(f"tests.bench.{name}").main)


def test_the_program_that_runs_them_knows_them_and_runs_the_surveys_by_name_alone(monkeypatch):
    ran = []
    monkeypatch.setattr(program, "run", ran.append)
    program.main([])
    assert ran == TIMED
    ran.clear()
    program.main(["belief", "scale"])
    assert ran == ["belief", "scale"]
    with pytest.raises(SystemExit, match="no benchmark is called 'nothing'"):
        program.main(["nothing"])


@pytest.mark.rest
def test_a_benchmark_has_a_process_and_a_page_of_its_own(capfd):
    printed = program.run("sanity")
    assert capfd.readouterr().out == f"\nsanity\n{printed}"
    assert re.search(r"of 18 +12 +2 +0 +16 +18", printed)
    assert re.search(r"measured in \d+ s of the processor\n$", printed)
    page = program.page({"sanity": printed}, "make bench", 0.2)
    assert [page.count(part) for part in ("## ", "of 18")] == [1, 1]


@pytest.mark.rest
def test_a_benchmark_that_fails_ends_the_run():
    with pytest.raises(SystemExit, match="nothing ended with status 1"):
        program.run("nothing")
