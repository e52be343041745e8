"""A slip is an edit of the backward pass: what one gives, alone and wherever it would be the same mistake."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .neighborhood import Key, Neighborhood, Pullback, Use
from .values import LazyGradient, pass_to_sample

if TYPE_CHECKING:
    from ..value import Value

Sentence = str | Callable[[], str]
"""What is told, or what makes it: of most edits no word is ever needed."""


def text_of(say: Sentence) -> str:
    """Return a sentence, made where it is not yet."""
    return say if isinstance(say, str) else say()


class Candidate(NamedTuple):
    """What a gradient comes out as by one mistake.

    Attributes:
        kind: the kind of slip.
        numbers: what the node gets, perhaps a `LazyGradient`.
        say: the end of the sentence to the learner.
        edges: the uses that are left out, where these are known.
        subsumes: the kind that it only says in other words, "" for none: a rule of 1 for -1 is a lost sign.
    """

    kind: str
    numbers: Any
    say: Sentence
    edges: tuple[Key, ...] = ()
    subsumes: str = ""

    @property
    def clause(self) -> str:
        """The end of the sentence."""
        return text_of(self.say)


class Edit(NamedTuple):
    """Another local derivative at one use.

    Attributes:
        kind: the kind of slip.
        use: where.
        local: what stands there, a float or an `arrays.Edge`.
        say: the end of the sentence to the learner.
        alike: what tells the uses at which it would be the same mistake; None for this one alone.
        say_of_all: the sentence where it is made at all of these.
        subsumes: see `Candidate`.
    """

    kind: str
    use: Use
    local: Any
    say: Sentence
    alike: Hashable = None
    say_of_all: Sentence = ""
    subsumes: str = ""


def pass_instead(kind: str, use: Use, numbers: Any, say: Sentence) -> Edit:
    """Return the edit by which one use passes these numbers back, whatever arrives."""
    return Edit(kind, use, Pullback(lambda _: numbers), say)


def at_one_or_all(region: Neighborhood, edits: Iterable[Edit]) -> Iterator[Candidate]:
    """Yield what each edit gives alone, then what those that are alike give together."""
    alike: dict[Hashable, list[Edit]] = {}
    for edit in edits:
        numbers = replace_use(region, edit.use, edit.use.upstream, edit.local)
        yield Candidate(edit.kind, numbers, edit.say, (), edit.subsumes)
        if edit.alike is not None:
            alike.setdefault((edit.kind, edit.alike), []).append(edit)
    for found in alike.values():
        if len(found) > 1:
            numbers = recompute_lazily(region, locals_={edit.use.key: edit.local for edit in found})
            subsumes = found[0].subsumes if len({edit.subsumes for edit in found}) == 1 else ""
            yield Candidate(found[0].kind, numbers, found[0].say_of_all, (), subsumes)


def recompute_lazily(
    region: Neighborhood, numbers: Mapping[Value, Any] | None = None, locals_: Mapping[Key, Any] | None = None
) -> Any:
    """Return `Neighborhood.recompute`, lazily for large arrays."""
    if region.match.sample_index is None:
        return region.recompute(numbers, locals_)
    gradients, lookup = region.source_gradients(numbers), region.override_local_derivatives(locals_)
    return LazyGradient(lambda: region.recompute(numbers, locals_), lambda: _sample(region, gradients, lookup))


def replace_use(region: Neighborhood, use: Use, upstream: Any, local: Any) -> Any:
    """Return `Neighborhood.replace_contribution` of upstream * local, lazily for large arrays."""
    index = region.match.sample_index
    if index is None:
        return region.replace_contribution(use, upstream * local)

    def sample() -> Any:
        if use.operand is region.node:
            passed = pass_to_sample(upstream, local, region.shape, index)
        else:
            passed = _sample(region, {use.operand: upstream * local}, region.locals_of)
        return region.recomputed[index] - region.contribution_through(use)[index] + passed

    return LazyGradient(lambda: region.replace_contribution(use, upstream * local), sample)


def _sample(region: Neighborhood, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
    """Return sampled entries of what arrives; the last step, often the most work, is done for these alone."""
    found: Any = 0.0
    for node, gradient in region.pass_on(gradients, locals_of, dict.fromkeys(region.blanks)).items():
        for operand, local in zip(node.operands, locals_of(node)):
            if operand is region.node:
                found = found + pass_to_sample(gradient, local, region.shape, region.match.sample_index)
    return found
