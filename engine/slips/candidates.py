"""A slip is an edit of the backward pass: what one gives, alone and wherever it would be the same mistake."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from . import lazy
from .neighborhood import Neighborhood
from .slip import Edge as PictureEdge
from .use import Use

Sentence = str | Callable[[], str]
"""What is told, or what makes it: of most edits no word is ever needed."""


def text_of(say: Sentence) -> str:
    """Return a sentence, made where it is not yet."""
    return say if isinstance(say, str) else say()


class Candidate(NamedTuple):
    """What a gradient comes out as by one mistake.

    Attributes:
        kind: the kind of slip.
        numbers: what the node gets, perhaps `LazyGradient`.
        say: the end of the sentence to the learner.
        edges: the uses that are left out, where these are known.
        restates: the kind that it only says in other words, "" for none: a rule of 1 for -1 is a lost sign.
    """

    kind: str
    numbers: Any
    say: Sentence
    edges: tuple[PictureEdge, ...] = ()
    subsumes: str = ""

    @property
    def clause(self) -> str:
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
        restates: see `Candidate`.
    """

    kind: str
    use: Use
    local: Any
    say: Sentence
    alike: Hashable = None
    say_of_all: Sentence = ""
    subsumes: str = ""


def at_one_or_all(region: Neighborhood, edits: Iterable[Edit]) -> Iterator[Candidate]:
    """Yield what each edit gives alone, then what those that are alike give together."""
    alike: dict[Hashable, list[Edit]] = {}
    for edit in edits:
        numbers = lazy.replace_contribution(region, edit.use, edit.use.upstream, edit.local)
        yield Candidate(edit.kind, numbers, edit.say, (), edit.subsumes)
        if edit.alike is not None:
            alike.setdefault((edit.kind, edit.alike), []).append(edit)
    for found in alike.values():
        if len(found) > 1:
            numbers = lazy.from_sources(region, locals_={edit.use.key: edit.local for edit in found})
            subsumes = found[0].subsumes if len({edit.subsumes for edit in found}) == 1 else ""
            yield Candidate(found[0].kind, numbers, found[0].say_of_all, (), subsumes)
