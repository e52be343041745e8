"""How the benchmarks take time: the processor's, in turns, as medians, and with the collector in three settings."""

from __future__ import annotations

import contextlib
import gc
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from handgrad import big_graph

T = TypeVar("T")
Figures = Mapping[str, float]


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """CPython's garbage collector is off."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


COLLECTORS: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
    "as it is": contextlib.nullcontext,
    "held back by big_graph()": big_graph,
    "off": without_collector,
}
"""The settings of the collector. Most of a graph's cost is its work: it visits each object while a graph grows."""


def timed(action: Callable[[], T]) -> tuple[T, float]:
    """What the action gives, and the seconds it has had the processor; what others left behind is collected before."""
    gc.collect()
    start = time.process_time()
    result = action()
    return result, time.process_time() - start


def in_turns(actions: Mapping[str, Callable[[], Figures]], rounds: int) -> dict[str, list[Figures]]:
    """The figures of each action, a round each: what else the machine does falls on all of them alike."""
    found: dict[str, list[Figures]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            found[name].append(action())
    return found


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure."""
    return {figure: statistics.median(one[figure] for one in rounds) for figure in rounds[0]}


def ratios(rounds: Sequence[Figures], mine: Sequence[Figures]) -> dict[str, float]:
    """How many times mine each figure is: the median of the rounds' ratios."""
    return medians([{name: one[name] / my[name] for name in one} for one, my in zip(rounds, mine)])


def milliseconds(call: Callable[[], Any], times: int = 1) -> Callable[[], Figures]:
    """What one call of so many in a row takes, for `in_turns`."""

    def calls() -> Figures:
        _, seconds = timed(lambda: [call() for _ in range(times)])
        return {"ms": 1e3 * seconds / times}

    return calls


def rows(found: Mapping[str, Sequence[Figures]], anchor: str) -> list[str]:
    """A line each of what `milliseconds` found in turns: how long it takes, and how many times the anchor's."""
    return [
        f"    {name:<44} {medians(figures)['ms']:9.3f} ms"
        + (f"{ratios(figures, found[anchor])['ms']:8.2f} x {anchor}" if name != anchor else "")
        for name, figures in found.items()
    ]


def versions(*packages: str) -> str:
    """Python's version, and those of the packages that are measured against, as far as they are installed."""
    found = [f"Python {platform.python_version()}"]
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def memory(build: Callable[[], Any]) -> int:
    """The bytes that hold what is built."""
    return _traced_memory(build)[0]


def most_memory(build: Callable[[], Any]) -> int:
    """The bytes that are held at once at most while it is built."""
    return _traced_memory(build)[1]


def _traced_memory(build: Callable[[], Any]) -> tuple[int, int]:
    gc.collect()
    tracemalloc.start()
    kept = build()
    found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return found
