"""Wrong gradients that were planted: how they are judged, and what the right versions are told.

Those that people reported are tests: tests/engine/adapters/collected/test_reports.py. Of every list here each other
case was looked at while the code was written (seen); the figures that count are those of the rest. A case that is not
placed or named is printed with its line and with what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from handgrad import Comparison, check_backward
from tests.engine.adapters.collected import planted
from tests.engine.adapters.collected.case import Ask, Case, Judged, judged, tally
from tests.engine.repair import cases as forms

NAMED: dict[str, Callable[[], tuple[list[Case], list[Case]]]] = {
    "slips in six forms": lambda: (list(_forms(forms.SEEN)), list(_forms(forms.UNSEEN))),
    "planted in engines": lambda: _halves(planted.of_engines()),
    "planted in Functions": lambda: _halves(planted.of_functions()),
}


def main() -> None:
    for title, made in NAMED.items():
        for half, cases in zip(("seen", "unseen"), made()):
            print(f"{title}, {half}: {tally(_each_told(cases))}", flush=True)


def _halves(cases: list[Case]) -> tuple[list[Case], list[Case]]:
    return cases[::2], cases[1::2]


def _each_told(cases: Iterable[Case]) -> Iterator[Judged]:
    """The cases judged; what is not as it should be is printed. A right version is asked once."""
    met: set[str] = set()
    for case in cases:
        one = judged(case, both=case.right not in met)
        met.add(case.right)
        said = _said(one)
        if said:
            print(f"  {case.report}: {said}")
        yield one


def _said(one: Judged) -> str:
    told = []
    if one.found is None:
        told.append("refused")
    elif not one.is_alone or not one.is_named:
        slips = [cause.slip and cause.slip.kind for cause in one.causes]
        told.append(f"line {sorted(one.case.lines)}, told {sorted(one.told)} {slips}")
    if one.right is not None and not one.right.ok:
        told.append("the right version is accused")
    return "; ".join([*told, *one.refusals])


def _forms(slips: Iterable[tuple[str, str, str, set[str]]]) -> Iterator[Case]:
    for name, old, new, kinds in slips:
        text = (forms.THEIRS / f"{forms.RIGHT[name][0]}.py").read_text("utf-8")
        yield Case(f"{name}: {new}", text, text.replace(old, new), _form(name), frozenset(kinds))


def _form(name: str) -> Ask:
    def ask(path: Path) -> Comparison:
        return check_backward(*forms.arguments(name, forms.from_file(path)))

    return ask


if __name__ == "__main__":
    main()
