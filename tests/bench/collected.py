"""Wrong gradients of NumPy code from public reports, and slips in six forms: what `check_backward` says of them.

Of both sets every other case was looked at while the code was written; the figures that count are those of the rest.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from handgrad import HandgradError, check_backward
from tests.engine.adapters.experiment import cases
from tests.engine.adapters.numpy_code import public

Judged = tuple[str, Callable[[], tuple[Any, int]], Callable[[], Any] | None, set[str]]


def main() -> None:
    for name, some in (
        ("public reports, seen", _public(public.SEEN)),
        ("public reports, unseen", _public(public.UNSEEN)),
        ("slips in six forms, seen", _slips(cases.SEEN)),
        ("slips in six forms, unseen", _slips(cases.UNSEEN)),
    ):
        measure(name, some)


def measure(title: str, some: Iterable[Judged]) -> None:
    """Print one line a case that is not placed or named, and the figures."""
    count = accepted = flagged = alone = named = accused = innocents = refused = 0
    seconds = []
    for name, wrong, right, kinds in some:
        count += 1
        begun = time.process_time()
        try:
            found, line = wrong()
        except HandgradError as error:
            print(f"  refused: {name}: {error}")
            continue
        seconds.append(time.process_time() - begun)
        accepted += 1
        flagged += not found.ok
        lines = {cause.source[1] for cause in found.causes if cause.source is not None}
        is_named = any({cause.slip.kind, *cause.slip.also} & kinds for cause in found.causes if cause.slip is not None)
        alone, named, accused = alone + (lines == {line}), named + is_named, accused + bool(lines - {line})
        if lines != {line} or not is_named:
            print(f"  {name}: line {line}, told {sorted(lines)} {[one.slip and one.slip.kind for one in found.causes]}")
        if right is not None:
            try:
                innocents += not right().ok
            except HandgradError as error:
                print(f"  refused: {name}, mended: {error}")
                refused += 1
    seconds.sort()
    print(
        f"{title}: of {count} accepted {accepted}, flagged {flagged}, on their line alone {alone}, named {named}, "
        f"a right line accused in {accused}; right versions accused {innocents}, refused {refused}; "
        f"seconds of the processor: median {seconds[len(seconds) // 2]:.1f}, most {seconds[-1]:.1f}"
    )


def _public(some: Iterable[Any]) -> Iterable[Judged]:
    for case in some:
        with tempfile.TemporaryDirectory() as folder:
            at = Path(folder)

            def wrong(case: Any = case, at: Path = at) -> tuple[Any, int]:
                found: tuple[Any, int] = public.check(case, at)
                return found

            def right(case: Any = case, at: Path = at) -> Any:
                return public.check(case, at, is_right=True)[0]

            yield case[0], wrong, right, case[-1]


def _slips(some: Iterable[Any]) -> Iterable[Judged]:
    for name, old, new, kinds in some:
        with tempfile.TemporaryDirectory() as folder:

            def wrong(name: str = name, old: str = old, new: str = new, folder: str = folder) -> tuple[Any, int]:
                module, line = cases.load(cases.RIGHT[name][0], folder, old, new)
                return check_backward(*cases.arguments(name, module)), line

            yield f"{name}: {new}", wrong, None, kinds


if __name__ == "__main__":
    main()
