"""What explains a wrong gradient in several tests: in one of them much fits by chance."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from handgrad import Comparison
from handgrad.slips.search import Explanation, Study, choose_slips, share_explanations

from .formulas import explain_by_formula, is_one_number

_SIZES = re.compile(r"[\d.]+|, the (length of axis \d+|number of entries) of _|, one less than \d+")


def reconcile(comparisons: Sequence[Comparison]) -> None:
    """Take from comparisons of one program what explains a gradient in some of them, and fails to in more."""
    tests: defaultdict[str, list[Study]] = defaultdict(list)
    for study in (study for one in comparisons for sheet in one.studies or () for study in sheet.values()):
        tests[study.name].append(study)
    for studies in tests.values():
        share_explanations(studies)
        known = [{*map(_mark, study.explanations)} for study in studies]
        for study in studies:
            every = [*study.explanations.items()]
            without = {
                key: [other for other, marks in zip(studies, known) if _mark(key) not in marks] for key, _ in every
            }
            proven = {each.candidate.kind for key, each in every if not without[key]}
            for key, each in every:
                count = len(studies) - len(without[key])
                study.explanations[key] = each._replace(is_chance=each.is_chance and count == 1)
                is_beside = bool(without[key] and proven) and each.candidate.kind not in proven
                if is_beside or count < sum(_is_refuted(key, each, other) for other in without[key]):
                    del study.explanations[key]
        if is_one_number(studies) and not set.intersection(*({*map(_mark, study.explanations)} for study in studies)):
            for study in studies:
                study.explanations.clear()
        if not any(study.explanations for study in studies):
            explain_by_formula(studies)
    for comparison in comparisons:
        for sheet in comparison.studies or ():
            choose_slips(sheet, comparison)


def _mark(key: str) -> str:
    """Return what is the same in tests of several sizes."""
    return _SIZES.sub("", key)


def _is_refuted(key: str, explanation: Explanation, study: Study) -> bool:
    """Tell whether an explanation could be made of another gradient, and gives other numbers."""
    detector = explanation.detector
    if detector.name.startswith("one_") or detector.name == "overwrite_entries":
        return False  # many numbers of one test say it, or what is overwritten depends on the loops
    if detector.module == "contributions":  # these measure the gradient, and are made only where they fit
        return True
    with study.regions[0].silence():
        every = (each for region in study.regions for each in detector.candidates(region))
        return any(each.kind == explanation.candidate.kind and _mark(each.key) == _mark(key) for each in every)
