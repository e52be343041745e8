"""What explains a wrong gradient in several tests: in one of them much fits by chance."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from handgrad import Comparison
from handgrad.slips.candidates import Candidate
from handgrad.slips.search import LAST, Explanation, Study, choose_slips, share_explanations

from .formulas import explain_by_brackets, explain_by_formula, is_one_number

_SIZES = re.compile(r"[\d.]+|, the (length of axis \d+|number of entries) of _|, one less than \d+")

MEASURE = LAST[-1]
"""What says of several numbers that they are off by one factor, or one amount."""


def reconcile(comparisons: Sequence[Comparison]) -> None:
    """Take from comparisons of one program what explains a gradient in some of them, and fails to in more."""
    tests: defaultdict[str, list[Study]] = defaultdict(list)
    for study in (study for one in comparisons for sheet in one.studies or () for study in sheet.values()):
        tests[study.name].append(study)
    for studies in tests.values():
        share_explanations(studies)
        refuted = _look_for_each(studies)
        known = [{*map(_mark, study.explanations)} for study in studies]
        for study in studies:
            every = [*study.explanations.items()]
            counts = {key: sum(_mark(key) in marks for marks in known) for key, _ in every}
            proven = {each.candidate.kind for key, each in every if counts[key] == len(studies)}
            for key, each in every:
                study.explanations[key] = each._replace(is_chance=each.is_chance and counts[key] == 1)
                is_beside = bool(proven) and counts[key] < len(studies) and each.candidate.kind not in proven
                if is_beside or counts[key] < refuted[_mark(key)]:
                    del study.explanations[key]
        if is_one_number(studies) and not set.intersection(*({*map(_mark, study.explanations)} for study in studies)):
            for study in studies:
                study.explanations.clear()
        if all(each.detector is MEASURE for study in studies for each in study.explanations.values()):
            explain_by_formula(studies)
    for comparison in comparisons:
        for sheet in comparison.studies or ():
            explain_by_brackets([study for study in sheet.values() if not study.explanations])
            choose_slips(sheet, comparison)


def _mark(key: str) -> str:
    """Return what is the same in tests of several sizes."""
    return _SIZES.sub("", key)


def _look_for_each(studies: Sequence[Study]) -> Counter[str]:
    """Add to each study what explains another and it too; return how many there are in which an explanation fails."""
    every = {_mark(key): each for study in studies for key, each in study.explanations.items()}
    refuted: Counter[str] = Counter()
    for mark, explanation in every.items():
        for study in studies:
            if mark not in map(_mark, study.explanations):
                found, fails = _look_for(mark, explanation, study)
                refuted[mark] += fails
                if found is not None:
                    study.explanations[found.key] = Explanation(found, explanation.detector)
    return refuted


def _look_for(mark: str, explanation: Explanation, study: Study) -> tuple[Candidate | None, bool]:
    """Return an explanation as of another gradient, and whether it could be made there, and gives other numbers."""
    detector = explanation.detector
    with study.regions[0].silence():
        every = ((each, region) for region in study.regions for each in detector.candidates(region))
        kind = explanation.candidate.kind
        alike = [(each, region) for each, region in every if each.kind == kind and _mark(each.key) == mark]
        found = next((each for each, region in alike if region.explains(each.numbers)), None)
    if found is not None or detector.name.startswith("one_") or detector.name == "overwrite_entries":
        return found, False  # many numbers of one test say it, or what is overwritten depends on the loops
    # Those of contributions measure the gradient, and are made only where they fit; of sizes some are left out.
    is_of_a_size = any(words in explanation.candidate.key for words in ("the length of axis", "the number of entries"))
    return None, bool(alike) or (detector.module == "contributions" and not is_of_a_size)
