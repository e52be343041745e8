"""Which tests a run has: all that is cheap, a few drawn cases of what is dear, and the rest where it is asked for."""

from __future__ import annotations

import os
import random
import re
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
MARKS = (
    "drawn(n, by=None, files=None, rest=None): run n of the cases in each run, others with another seed."
    " by(**params) names a case's group, of each of which n are drawn; files(**params) gives the paths that a case is"
    " about. rest: how many others of each group are drawn in `make test-whole`, all with EVERY=1; 0 where another test"
    " goes through them.",
    "rest(of=1): run in `make test-whole` alone, as it starts processes or takes long. of=2: half of the tests of a"
    " file, or of a folder that shares what is dear, that say so; others with another seed, all with EVERY=1 and where"
    " the file has changed. Tests of one `of` are about as dear: so each run takes as long.",
)

_ALL_LEFT_OUT = re.compile(r"^pytestmark = \[?pytest\.mark\.rest\b", re.MULTILINE)
_MARKED = re.compile(r"mark\.(rest|drawn)\b")

TOGETHER = ("tests/demos/grading/", "tests/demos/sheet_page/", "tests/demos/web/")
"""Folders whose files share what takes long to make: a site, a browser, a class that is graded."""

DEAR_PAGES = {"find_the_bug.md"}
"""Documents whose examples are left to `make test-whole`: a page can have no mark."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("which tests run")
    group.addoption("--seed", help="what the drawn cases are drawn by; the commit, where it is not given")
    group.addoption("--whole", action="store_true", help="run everything, and every case of it")
    group.addoption("--rest", action="store_true", help="run what a plain run leaves out")
    group.addoption("--every", action="store_true", help="with --rest: run every case of every drawn test")
    group.addoption("--shard", metavar="K/N", type=_shard, help="run one part of N, file by file")


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    # Workers of pytest-xdist are given the options of the process that starts them, and so draw the same.
    config.option.seed = config.option.seed or _git("rev-parse", "--short", "HEAD") or "none"


def _shard(text: str) -> tuple[int, int]:
    """Read "2/3" as (2, 3); raise ValueError where it is no part of a whole."""
    part, _, parts = text.partition("/")
    if not 1 <= int(part) <= int(parts):
        raise ValueError
    return int(part), int(parts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have each worker run what it has collected, which is its share of the files."""
    from xdist.scheduler import EachScheduling  # not everybody who runs the tests has it

    class OwnFiles(EachScheduling):  # type: ignore[misc]
        def schedule(self) -> None:
            super().schedule()
            session = self.config.pluginmanager.getplugin("session")
            session.testscollected = sum(map(len, self.node2collection.values()))

    return OwnFiles(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a file unread that has no test of this run."""
    if collection_path.is_dir() or collection_path.suffix not in (".py", ".md"):
        return None
    return None if _is_in_shard(collection_path, config) and _may_be_in_run(collection_path, config) else True


def pytest_report_header(config: pytest.Config) -> str:
    return f"cases drawn with --seed {config.option.seed}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = set(_wanted(items, config))
    left_out = [item for item in items if item not in wanted]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item in wanted]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    failed = {report.nodeid for kind in ("failed", "error") for report in terminalreporter.getreports(kind)}
    if failed:
        terminalreporter.section(f"to run them again (--seed {config.option.seed})")
        for name in sorted(failed):
            terminalreporter.line(f"pytest '{name}'")


def selected_cases(request: pytest.FixtureRequest, name: str) -> list[object]:
    """Return the values of a parameter in all tests of this run that take the fixture which asks.

    A fixture that makes something of all its cases at once makes it of these only.
    """
    values = [
        item.callspec.params[name]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and request.fixturename in item.fixturenames
        and hasattr(item, "callspec")
        and name in item.callspec.params
    ]
    return list({id(value): value for value in values}.values())


def draw(request: pytest.FixtureRequest, things: Iterable[T], count: int) -> list[T]:
    """Return some of what one test goes through, others with another seed; all where every case is asked for.

    They lie evenly in their order: of a kind that stands together some are met.
    """
    each, options = list(things), request.config.option
    if options.every or _is_whole(request.config) or count >= len(each):
        return each
    step = len(each) / count
    first = random.Random(options.seed).random() * step
    return [each[int(first + place * step)] for place in range(count)]


def _is_whole(config: pytest.Config) -> bool:
    # Who names a test gets all of it.
    return config.option.whole or any("::" in argument for argument in config.args)


def _wanted(items: list[pytest.Item], config: pytest.Config) -> Iterator[pytest.Item]:
    options = config.option
    is_whole = _is_whole(config)
    drawn = set() if is_whole else set(_drawn(items, options))
    for item in items:
        is_dear = item.get_closest_marker("rest") is not None or item.path.name in DEAR_PAGES
        if item.get_closest_marker("drawn") is None and not _turns(item):
            is_in_run = is_dear == options.rest
        else:
            is_in_run = item in drawn and (options.rest or not is_dear)
        if (is_whole or is_in_run) and _is_in_shard(item.path, config):
            yield item


def _is_in_shard(path: Path, config: pytest.Config) -> bool:
    """Tell whether the tests of a file are run here: by the file or its folder, as what they share is made once."""
    part, parts = config.option.shard or (1, 1)
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        count = worker["workercount"]
        part, parts = (part - 1) * count + int(worker["workerid"].removeprefix("gw")) + 1, parts * count
    return zlib.crc32(_place(path, config).encode()) % parts == part - 1


def _place(path: Path, config: pytest.Config) -> str:
    """Return what is run together: a folder that shares what is dear, or a file."""
    place = Path(os.path.relpath(path, config.rootpath)).as_posix()
    return next((folder for folder in TOGETHER if place.startswith(folder)), place)


def _may_be_in_run(path: Path, config: pytest.Config) -> bool:
    """Tell from the text of a file whether a test of it can be in this run."""
    if config.option.whole:
        return True
    if path.suffix == ".md":
        return (path.name in DEAR_PAGES) == config.option.rest
    text = path.read_text("utf-8")
    return bool(_MARKED.search(text)) if config.option.rest else not _ALL_LEFT_OUT.search(text)


def _drawn(items: list[pytest.Item], options: Any) -> Iterator[pytest.Item]:
    """Find the cases of this run: those that are drawn, in their turn, and those whose files have changed."""
    changed = _changed_files()
    groups: dict[tuple[str, object], list[pytest.Item]] = defaultdict(list)
    cases: list[pytest.Item] = []
    for item in items:
        paths = [item.path]
        mark = item.get_closest_marker("drawn")
        if mark is not None:
            params = item.callspec.params if hasattr(item, "callspec") else {}
            by, files = mark.kwargs.get("by"), mark.kwargs.get("files")
            groups[item.nodeid.partition("[")[0], by(**params) if by else None].append(item)
            paths += files(**params) if files else ()
        elif _turns(item):
            cases.append(item)
        else:
            continue
        if any(path == one or path in one.parents for path in paths for one in changed):
            yield item
    for (_, group), each in groups.items():
        cases += _some(each, group, options)
    in_turn: dict[tuple[str, int], dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in cases:
        if options.every or not _turns(item):
            yield item
        else:
            in_turn[_place(item.path, item.config), _turns(item)][item.nodeid.partition("[")[0]].append(item)
    for (_, of), tests in in_turn.items():
        for name in random.Random(options.seed).sample(sorted(tests), -(-len(tests) // of)):
            yield from tests[name]


def _some(cases: list[pytest.Item], group: object, options: Any) -> list[pytest.Item]:
    """Draw from a group of cases of a marked test.

    A plain run has the first n of an order that the seed makes; the rest those that follow, or some of them.
    """
    mark = cases[0].get_closest_marker("drawn")
    (count,), rest = mark.args, mark.kwargs.get("rest")
    # By no name: tests of the same cases have the same of them, and share what is made for these.
    order = random.Random(f"{options.seed} {group}").sample(cases, len(cases))
    if not options.rest:
        return order[:count]
    if options.every and rest != 0:
        return order
    begin = 0 if cases[0].get_closest_marker("rest") else count  # where a plain run has none
    return order[begin:] if rest is None else order[begin : begin + rest]


def _turns(item: pytest.Item) -> int:
    """Return of how many runs of the rest one has a test; 0 where each has it."""
    mark = item.get_closest_marker("rest")
    return mark.kwargs.get("of", 0) if mark else 0


def _changed_files() -> set[Path]:
    """Return the files that differ from what has been pushed, as far as git knows it."""
    pushed = _git("merge-base", "HEAD", "@{upstream}") or "HEAD"
    names = [*_git("diff", "--name-only", pushed).splitlines()]
    names += _git("ls-files", "--others", "--exclude-standard").splitlines()
    return {ROOT / name for name in names}


def _git(*arguments: str) -> str:
    """Return what git prints, or "" where it cannot tell, as in an archive of the source."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
