"""Which mistake makes the numbers of a WRONG result: the named slip, of a number as of an array.

A slip is an edit of the backward pass between the nearest numbers of the learner's and the node: another local
derivative at a use, another upstream gradient at a node, or a contribution taken some number of times. Each candidate
computes what the learner would have got by one of them; those that give the numbers written are the explanations. Two
tables rank them, learnt from slips that people make (see tests/engine/slips): where two mistakes give the same
numbers, the one that was made more often stands first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from ..memory import big_graph
from ..number import finite_or_none, one_line
from ..verdict.sentences import only
from . import messages
from .candidates import Candidate, at_one_or_all, is_finite, text_of
from .contributions import common_measures, dropped_edges, means, rescale, simple_factor
from .neighborhood import Contribution, Neighborhood
from .slip import Slip

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult

USUAL = 0.012
"""See `Detector.chance`."""
PLAIN = (0.0, 1.0)
MOST_AT_ONCE = 24
"""So many wrong nodes are explained together."""
OF_ONE_NODE = frozenset({"missing-path", "wrong-upstream", "transposed", "swapped"})
"""Kinds of which each node is told by itself, as the names in it are what it says."""
MANY_USES = 200
"""Of a node with more uses the likeliest kind is told, of all at once first: at one of them another fits by chance."""
ALIKE = {"sign": frozenset({"sign"}), "factor": frozenset({"sign", "factor", "double"})}
"""Of each kind that goes with another the kinds that it does not go with."""


class Detector(NamedTuple):
    """A kind of mistake, by the function of this room that makes its candidates: loaded when it is first tried."""

    module: str  # of the function, (region) -> candidates, or (region, use) -> edits
    name: str
    applies_to: str = "any"  # whether it is for "any" gradient, for "arrays", or for one "number" alone
    # at which uses its edits are made, "direct" ones of the node or "all"; "" where it yields candidates
    uses: str = ""
    subsumes: frozenset[str] = frozenset()  # kinds that its candidates only say again, besides those of `SUBSUMED`
    is_weak: bool = False  # whether what it says is a measure more than a cause, and a cause is looked for further up
    # how likely a candidate may be as near by chance to few digits among longer numbers: more for what is usual
    chance: float = 0.0002

    def candidates(self, region: Neighborhood) -> Iterator[Candidate]:
        """Yield its candidates, where it is for such a gradient."""
        if self.applies_to not in ("any", "number" if region.is_scalar else "arrays"):
            return
        function = load(self.module, self.name)
        if self.uses:
            uses = region.direct if self.uses == "direct" else region.uses
            yield from at_one_or_all(region, (edit for use in uses for edit in function(region, use)))
        else:
            yield from function(region)


@cache
def load(module: str, name: str) -> Any:
    """Return a function of this room, whose module may need NumPy: it is loaded when it is first asked for."""
    return getattr(import_module(f".{module}", __package__), name)


_FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
_ANOTHER_PATH = _FACTORS | {"sign", "not-summed", "wrong-axis", "one-hot", "not-broadcast", "wrong-upstream"}

# fmt: off
SUBSUMED: dict[str, frozenset[str]] = {
    "sign":            _FACTORS | {"rule", "swapped", "one-hot"},
    "missing-path":    _ANOTHER_PATH,
    "factor":          _FACTORS | {"rule", "wrong-upstream"},
    "double":          _FACTORS,
    "one-hot":         _FACTORS | {"missing-path", "sign", "rule", "swapped", "wrong-axis", "not-summed"},
    "forgot-local":    _FACTORS | {"rule", "wrong-upstream"},
    "forgot-upstream": _FACTORS | {"rule"},
    "rule":            _FACTORS | {"wrong-upstream"},
    "swapped":         _FACTORS | {"wrong-upstream"},
    "not-summed":      _FACTORS | {"missing-path", "not-broadcast"},
    "wrong-axis":      _FACTORS | {"not-summed", "transposed"},
    "not-broadcast":   _FACTORS | {"missing-path"},
    "transposed":      _FACTORS | {"wrong-axis", "swapped"},
    "wrong-upstream":  _FACTORS | {"missing-path"},
}
"""Which kinds a kind subsumes where the numbers are many: they are no rivals, and are not told beside it."""

LIKELY: tuple[Detector, ...] = (
    Detector("substitutions", "exchange_gradients"),
    Detector("contributions", "scale_of_whole", chance=USUAL),
    Detector("softmax", "cross_entropy_mistakes", subsumes=frozenset(SUBSUMED)),
    Detector("layers", "layer_mistakes", "arrays", subsumes=_ANOTHER_PATH | {"rule", "swapped", "transposed"}),
    Detector("softmax", "logsumexp_mistakes", subsumes=_ANOTHER_PATH),
    Detector("contributions", "missing_contributions", chance=USUAL),
    Detector("linear", "overwrite_entries", "arrays", "all"),
    Detector("linear", "pass_to_all_entries", "arrays", "all"),
    Detector("linear", "fill_rows", "arrays"),
    Detector("linear", "unsummed_rows", "arrays", "all"),
    Detector("linear", "wrong_axes", "arrays", "all"),
    Detector("linear", "wrong_moves", "arrays", "all"),
    Detector("linear", "exchange_axes", "arrays"),
    Detector("linear", "wrong_products", "arrays", "all"),
    Detector("linear", "wrong_letters", "arrays", "all"),
    Detector("contributions", "constants_of_number", "number", subsumes=frozenset({"forgot-local", "forgot-upstream"})),
    Detector("mistakes", "wrong_local_derivatives", "any", "all"),
    Detector("substitutions", "omitted_local_derivatives", chance=USUAL),
    Detector("substitutions", "omitted_upstreams", chance=USUAL),
    Detector("substitutions", "exchange_data_and_gradient", "number", "direct"),
    Detector("substitutions", "factors_in_whole_or_use", "arrays"),
    Detector("substitutions", "another_gradient", "arrays"),
    Detector("substitutions", "zero_as_another", "arrays"),
    Detector("contributions", "zero", "number"),
    Detector("contributions", "early_or_repeated"),
    Detector("contributions", "simple_factors", is_weak=True, chance=0.0008),
    Detector("layers", "layer_means", "arrays", subsumes=frozenset({"rule", "wrong-upstream"}), is_weak=True),
)
"""The ranking. Of each kind of slip the first candidate that gives the numbers is told."""

LAST: tuple[Detector, ...] = (
    Detector("contributions", "product_of_uses"),
    Detector("contributions", "lost_brackets", "arrays", subsumes=_ANOTHER_PATH),
    Detector("substitutions", "data_for_gradient"),
    Detector("substitutions", "passed_too_far"),
    Detector("softmax", "cross_entropy_without_mean"),
    Detector("substitutions", "wrong_operand", "number", chance=0.003),
    Detector("search", "compound_mistakes", chance=0.00005),
    Detector("substitutions", "sum_for_product", "any", "all"),
    Detector("substitutions", "other_steps", "arrays", "all"),
    Detector("linear", "exchange_blocks", "arrays", subsumes=_ANOTHER_PATH),
    Detector("substitutions", "another_factor", "arrays"),
    Detector("linear", "flip_picked", "arrays", "all", _ANOTHER_PATH),
    Detector("linear", "summed_upstreams", "arrays"),
    Detector("linear", "shuffle_entries", "arrays"),
    Detector("contributions", "one_factor_for_all", "arrays"),
    Detector("contributions", "one_amount_for_all", "arrays"),
)
"""What costs more, or fits much by chance: for where nothing else fits."""

# fmt: on

OF_ONE_NUMBER = frozenset({"factor", "double"})
"""The same of a single number, where any two mistakes may meet by chance: both are told, but for a plain factor."""


class Explanation(NamedTuple):
    """A candidate that gives the numbers written, and its detector."""

    candidate: Candidate
    detector: Detector
    is_chance: bool = False  # whether one of so many candidates is as near to so few digits by chance


class Study(NamedTuple):
    """One wrong gradient of a sheet, with all that explains it."""

    name: str
    regions: list[Neighborhood]  # the ways to have gone back to it
    explanations: dict[str, Explanation]  # by what the same mistake is at every node, the likelier first


@big_graph()
def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """Return the slip that explains a WRONG result; None where nothing does.

    What explains others of the sheet, too, goes before what explains this one alone.
    """
    known = comparison.diagnoses
    if result.node not in known:
        causes = [each for each in comparison.causes if not each.rounded]
        sheets = (causes[first : first + MOST_AT_ONCE] for first in range(0, len(causes), MOST_AT_ONCE))
        _diagnose_sheet(next((sheet for sheet in sheets if result in sheet), [result]), comparison)
    return known[result.node]


def _diagnose_sheet(results: Sequence[NodeResult], comparison: Comparison) -> None:
    """Find the slips of some WRONG results of one sheet."""
    found = {result.node: _study(result, comparison) for result in results}
    studies = {node: one for node, one in found.items() if isinstance(one, Study)}
    comparison.diagnoses.update({node: one for node, one in found.items() if not isinstance(one, Study)})
    if len(studies) > 1:
        share_explanations([*studies.values()])
        rest = {study.regions[0]: study for study in studies.values() if not study.explanations}
        for region, candidate in common_measures([region for region in rest if region.is_scalar]):
            rest[region].explanations[candidate.key] = Explanation(candidate, LAST[-1])
    if comparison.studies is not None:
        comparison.studies.append(studies)
    choose_slips(studies, comparison)


def choose_slips(studies: Mapping[Value, Study], comparison: Comparison) -> None:
    """Note in a comparison the slips of some studies: of all that explains one, what explains most of them."""
    votes: defaultdict[str, float] = defaultdict(float)
    for study in studies.values():
        for place, key in enumerate(study.explanations):
            votes[key] += 1.0 - 1e-6 * place  # of equals what is likelier on the whole, the same one at all nodes
    comparison.diagnoses.update({node: _choose_slip(study, votes) for node, study in studies.items()})


def share_explanations(studies: Sequence[Study]) -> None:
    """Try at each node what explains the others first."""
    firsts = {key: first.detector for study in studies for key, first in [*study.explanations.items()][:1]}
    for study in studies:
        for key, detector in firsts.items():
            if key not in study.explanations:
                with study.regions[0].silence():
                    regions = filter(None, [*study.regions, study.regions[0].skip_steps()])
                    every = ((each, region) for region in regions for each in detector.candidates(region))
                    alike = ((each, region) for each, region in every if key.startswith(each.kind))
                    found = next((one for one, near in alike if near.explains(one.numbers) and one.key == key), None)
                if found is not None:
                    study.explanations[key] = Explanation(found, detector)


def _choose_slip(study: Study, votes: Mapping[str, float]) -> Slip | None:
    """Return the slip by what explains most; of equals by the likelier, and by no measure where there is a cause."""

    def rank(key: str) -> tuple[bool, bool, float]:
        each = study.explanations[key]
        # Of what differs from node to node others say nothing.
        is_alone = votes[key] < 1.5 or each.detector in LAST
        is_last = each.detector.is_weak and not study.regions[0].match.is_rough
        return each.is_chance and is_alone, is_last, -votes[key]

    best, *others = sorted(study.explanations, key=rank) or [""]
    if not best or rank(best)[0]:
        return None
    first, *every = (study.explanations[key] for key in (best, *others))
    slip = _slip_of(study, first, every, [one for key, one in zip(others, every) if votes[key] > votes[best] - 0.5])
    return slip if votes[best] < 1.5 or slip.kind in OF_ONE_NODE else replace(slip, shared=first.candidate.pattern)


def _study(result: NodeResult, comparison: Comparison) -> Study | Slip | None:
    """Return all that explains a WRONG result, or the slip where it is no matter of numbers."""
    name, numbers = one_line(result.name), comparison.user_grad(result.node)
    if result.shape and (numbers is None or not is_finite(numbers)):
        slip: Slip = load("malformed", "malformed_gradient")(result, comparison)
        return slip
    if not result.shape and finite_or_none(result.actual) is None:
        return no_number(name, result.actual)
    if not comparison.uses[result.node]:
        return _diagnose_root(result, name, comparison)
    region = Neighborhood(result, comparison)
    with region.silence():
        # Of an upstream gradient that large nothing follows.
        return _search(name, region, result) if is_finite(region.magnitude) else None


def no_number(name: str, grad: Any) -> Slip:
    """Return the slip of a grad that is nan, infinite, or no number at all."""
    if isinstance(grad, (int, float)) and not isinstance(grad, bool):
        return Slip("not-finite", f"The gradient of {name} is {grad!r:.24}. It must be a finite number.")
    kind = type(grad).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    advice = ", such as v.data or v.grad of the node you mean." if kind == "Value" else "."
    return Slip("not-a-number", f"The gradient of {name} is {article} {kind}, not a number. Write a float{advice}")


def _search(name: str, region: Neighborhood, result: Any) -> Study | Slip | None:
    """Return all that explains a wrong gradient: likely mistakes, and where none fits those that cost more."""
    regions, shorter = [*filter(None, [region, region.restore_digits()])], None
    found = _explanations(LIKELY, regions)
    if all(each.detector.is_weak for each in found) and (shorter := region.skip_steps()) is not None:
        strong = _explanations([detector for detector in LIKELY if not detector.is_weak], [shorter])
        kinds = {each.candidate.kind for each in strong}
        found = [*strong, *(each for each in found if each.candidate.kind not in kinds)]
    if not found and result.shape and (slip := _diagnose_entries(result, region, name)) is not None:
        return slip
    # Whoever rounds others to two decimals rounds this one, too; many entries say so themselves.
    if not found and (region.comparison.rounded_nodes or result.shape):
        every = regions if shorter is None else [*regions, shorter]
        found = _explanations(LIKELY, [each for each in every if each.match.may_be_rough], roughly=True)
    # Of few digits what is likely fits by chance, too.
    if not found or region.match.is_rough:
        known = [each.candidate.numbers for each in found]
        last = ((each, each.candidate.numbers) for each in _explanations(LAST, regions))
        found += [each for each, numbers in last if not any(region.is_same(numbers, one) for one in known)]
    return Study(name, regions, {each.candidate.key: each for each in found})


def _explanations(
    detectors: Sequence[Detector], regions: Sequence[Neighborhood], *, roughly: bool = False
) -> list[Explanation]:
    """Return the first candidate of each kind that explains the gradient, in any of the regions."""
    found: dict[Hashable, Explanation] = {}
    is_used_often = any(len(region.comparison.uses[region.node]) > MANY_USES for region in regions)
    for detector in sorted(detectors, key=lambda one: is_used_often and bool(one.uses)):
        if found and is_used_often:
            break
        near: set[float] = set()
        for region in regions:
            for candidate in detector.candidates(region):
                numbers, written = candidate.numbers, region.user_grad
                if region.is_scalar and 0.5 * abs(written) <= abs(numbers) <= 2.0 * abs(written) > 0.0:
                    near.add(numbers)
                mark = candidate.kind, region.match.is_rough and detector.name
                if not region.is_scalar:
                    region.tried[detector.name].append(region.spread(numbers, region.shape)[region.match.sampled])
                if mark not in found and region.explains(numbers, roughly=roughly):
                    is_chance = region.match.is_chance(numbers, near, detector.chance)
                    found[mark] = Explanation(candidate, detector, is_chance)
    return [*found.values()]


def _slip_of(study: Study, first: Explanation, others: Sequence[Explanation], rivals: Sequence[Explanation]) -> Slip:
    """Return the slip of an explanation, with the first rival that gives the same and says something else."""
    best, region = first.candidate, study.regions[0]

    def is_other(rival: Explanation) -> bool:
        if rival.detector.name == "compound_mistakes" != first.detector.name:  # of two at once nobody thinks first
            return False
        if region.match.is_rough and not region.is_same(rival.candidate.numbers, best.numbers):
            return not rival.detector.is_weak
        return rival.candidate.kind != best.kind and not is_subsumed(rival, first, region)

    clauses = (rival.candidate.clause for rival in rivals if is_other(rival))
    what = "this number" if region.is_scalar else "these numbers"
    said, rival = best.clause, next(clauses, "")
    if rival:
        said = f"more than one mistake gives {what}. Either {said} Or {rival}"
    edges = dropped_edges(region) if best.kind == "missing-path" and not region.is_scalar else best.edges
    return Slip(best.kind, f"{study.name}: {said}", tuple(other.candidate.kind for other in others), edges)


def is_subsumed(other: Explanation, best: Explanation, region: Neighborhood) -> bool:
    """Tell whether another candidate that gives the same numbers only says the best one again."""
    (kind, *_, by), (best_kind, *_, best_by) = other.candidate, best.candidate
    if by == best_kind or best_by == kind or (best_by and by == best_by):
        return True
    if other.detector is not best.detector and kind in best.detector.subsumes:
        return True
    return kind in (OF_ONE_NUMBER if region.is_scalar else SUBSUMED.get(best_kind, frozenset()))


def _diagnose_root(result: Any, name: str, comparison: Comparison) -> Slip | None:
    """Return the slip at the root, where the gradient is 1 and no chain rule says anything."""
    written = finite_or_none(result.actual) or 0.0
    factor = simple_factor(written, comparison.multiples) if written > 0.0 else None
    known = (
        ("sign", -1.0, messages.SIGN_FLIPPED),
        ("rule", result.node.data, f"that is the data of {name}, not its gradient"),
        ("missing-path", 0.0, "0 is written here"),
        ("double", 2.0, "twice too much"),
        ("factor", factor, "off by a simple factor"),
    )
    accepts = comparison.tolerance.accepts
    found = [(kind, says) for kind, number, says in known if number is not None and accepts(written, number, 0.0)]
    if not found:
        return None
    (kind, clause), *others = found
    ask = f"backward starts here: how much does {name} change when {name} itself does?"
    return Slip(kind, f"{name}: {clause}; {ask}", tuple(other for other, _ in others))


def _diagnose_entries(result: Any, region: Neighborhood, name: str) -> Slip | None:
    """Return the slip where a few entries are off in one way, and the others are right."""
    indices = result.few_wrong
    if not indices:
        return None
    part = Contribution("", region.recomputed * result.is_wrong, None)
    these = only(result.name_entries(indices), len(indices))
    for kind, times, clause in ENTRY_MISTAKES:
        if region.explains(rescale(region, part, times)):
            return Slip(kind, f"{name}: {these} {clause}")
    return None


ENTRY_MISTAKES = (
    ("sign", -1.0, "Right magnitude there, wrong sign."),
    ("missing-path", 0.0, "Nothing has arrived there."),
    ("double", 2.0, "It is off by a simple factor there."),
    *(("factor", times, "It is off by a simple factor there.") for times in (0.25, 1.0 / 3.0, 0.5, 3.0, 4.0)),
)
"""What can be wrong with a few entries alone: the kind, how many times they are there, and what is said."""


def compound_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Combine each likely mistake, which has been tried alone, with a flipped sign or a missing 1/n."""
    if region.is_scalar and abs(region.user_grad) in PLAIN:
        return

    def say(clause: str, other: Candidate) -> str:
        return messages.two_things(clause, text_of(other.say))

    no_means = [(float(n), "factor", messages.mean_left_out(where)) for n, where in region.cached(means)]
    times = [(-1.0, "sign", messages.SIGN_FLIPPED), *no_means]

    def may_fit(detector: Detector) -> bool:
        match, tried = region.match, region.tried[detector.name]
        return region.is_scalar or not all(match.is_far(n * some, match.sampled) for some in tried for n, *_ in times)

    detectors = [detector for detector in LIKELY if not detector.is_weak and may_fit(detector)]
    likely = (each for detector in detectors for each in detector.candidates(region))
    for candidate, (number, kind, clause) in ((each, one) for each in likely for one in times):
        if candidate.kind not in ALIKE[kind]:
            yield Candidate(kind, number * candidate.numbers, partial(say, clause, candidate))
