"""The backward pass as an animated SVG without script: what was filled in, then each use, until all is right.

All of it stands in the file at once and is shown in turn by CSS. Where motion is not wanted nothing moves, and what
stands there is the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from handgrad import Comparison, Status, Value, compare
from handgrad.names import Names
from handgrad.number import finite_or_none, one_line, show

from ..errors import OptionError
from ..fonts import text_width
from ..label import is_untouched
from ..scene import checked_target, scene
from ..tones import largest, tone_map
from .graph import LEFT, RIGHT, SLOT_HEIGHT, Drawn, symbol
from .layout import Box, lay_out_with_graphviz
from .picture import MAP_TOP, MAPS_LEFT, MARGIN, draw_map, round_ended
from .steps import Step, backward_steps
from .walk import product
from .words import Words

OPENING, LONGEST_STEP, CLOSING = 3.0, 1.8, 4.0
"""Seconds: of what was filled in, of a step where there are few, and of the end."""

LONGEST_WALK = 90.0
MOST_NODES = 60
CAPTION = 62.0
"""The room below the graph for two lines of a sentence, in pixels."""

_SIZE = 15.0
_STYLE = """
.paper{fill:#fff;stroke:#c9ced5;stroke-width:1.2}
.ground{fill:#fbfaf7}
text{font-family:system-ui,'Segoe UI','Helvetica Neue',Arial,'Liberation Sans',sans-serif;fill:#24292f;font-size:13.5px}
.name{font-size:15px;font-weight:700}
.quiet,.caption{fill:#5b636d;font-size:11.5px}
.word{font-size:12px;text-anchor:end;fill:#5b636d}
.grad{font-weight:600}
.slot{fill:none;stroke:#c9ced5;stroke-dasharray:2 2}
.edge{fill:none;stroke:#8b929a;stroke-width:1.4}
.lit{fill:none;stroke:#0b57d0;stroke-width:4}
.tip{fill:#8b929a}
.disc{fill:#3b4450}
.sign{fill:#fff;font-size:14px;text-anchor:middle}
.constant{fill:#eceef0;stroke:#c9ced5}
.middle{text-anchor:middle;fill:#5b636d;font-size:13px}
.missing .paper{fill:#eceef0;stroke:#8b929a;stroke-dasharray:2 3}
.wrong .paper{fill:#fff0ee;stroke:#e00000;stroke-width:4}
.wrong .word,.wrong .grad,.carried .word,.carried .grad{fill:#b00000}
.wrong .word{font-weight:700}
.carried .paper{stroke:#e00000;stroke-width:1.4;stroke-dasharray:6 4}
.correct .paper{stroke:#7fae8e;stroke-width:1.6}
.correct .word,.correct .grad{fill:#2b6e45}
.now .paper{fill:#e8f0fe;stroke:#0b57d0;stroke-width:4}
.now .grad{fill:#0b57d0}
.pill{fill:#fff;stroke:#0b57d0;stroke-width:1.5}
.product{fill:#0b57d0;font-weight:650;text-anchor:middle}
.told{font-size:15px}
.mistake{font-size:15px;font-weight:600;fill:#b00000}
.tone-a{fill:#1d4f91}.tone-b{fill:#4a7fc1}.tone-c{fill:#8db3e0}.tone-d{fill:#c5d9f0}.tone-e{fill:#e9e7e1}
.tone-f{fill:#f6dfb4}.tone-g{fill:#eec06c}.tone-h{fill:#d39320}.tone-i{fill:#955f00}
"""


class _Clock(NamedTuple):
    """When what is shown, in seconds."""

    steps: int

    @property
    def step(self) -> float:
        return min(LONGEST_STEP, LONGEST_WALK / max(1, self.steps))

    @property
    def end(self) -> float:
        return OPENING + self.steps * self.step

    @property
    def whole(self) -> float:
        return self.end + CLOSING

    def begins(self, place: int) -> float:
        """Return the beginning of a step; of one after the last, the end."""
        return OPENING + place * self.step


def animate(target: Value | Comparison) -> str:
    """Return the SVG, without changing the graph.

    Raises:
        TargetError: the target is neither a Value nor a Comparison.
        OptionError: the graph is too large to be watched in one picture.
        RenderError: the layout cannot be found, or takes too long.
        NotOneNumberError, StaleGraphError, DomainError, ByHandError: as for `compare`.
    """
    root, given = checked_target(target)
    comparison = compare(root) if given is None else given
    return _Film(root, comparison).svg()


class _Film:
    def __init__(self, root: Value, comparison: Comparison) -> None:
        shown = scene(comparison, limit=10 * MOST_NODES, around=None)
        if len(shown.view.numbers) > MOST_NODES:
            raise OptionError("root", f"{len(shown.view.numbers)} nodes", f"a graph of at most {MOST_NODES} nodes")
        self.comparison, self.words = comparison, Words(root, comparison.names or Names(root))
        self.drawn = Drawn(shown, self.words, lay_out_with_graphviz)
        self.steps = backward_steps(root, self.drawn.ids)
        self.clock = _Clock(len(self.steps))
        self.largest = largest(total for step in self.steps for total in (step.total, step.contribution))
        self.rules: dict[str, str] = {}

    def svg(self) -> str:
        places = self.drawn.places
        width, height = places.width + 2 * MARGIN, places.height + 2 * MARGIN + CAPTION
        parts = [*self._edges(), *self._discs(), *self._constants()]
        parts += [part for node in reversed(self.drawn.nodes) if not self._is_small(node) for part in self._card(node)]
        parts += [part for place, step in enumerate(self.steps) for part in self._pill(place, step)]
        parts += self._captions(places.height + MARGIN, width)
        name = escape(self.words.name(self.words.root))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}" '
            f'{_size(width, height)} role="img">\n<title>The backward pass from {name}</title>\n'
            f"<style>{_STYLE}{self._motion()}</style>\n"
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
            'markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0,0.5L8,4L0,7.5z"/></marker></defs>\n'
            f'<rect class="ground" x="{-MARGIN:g}" y="{-MARGIN:g}" {_size(width, height)} rx="12"/>\n'
            + "\n".join(parts)
            + "\n</svg>\n"
        )

    def _motion(self) -> str:
        """Return the style; without motion, only what stays is shown."""
        rules = "".join(self.rules.values())
        names = "".join(f".{name}{{animation:{name} {self.clock.whole:.2f}s linear infinite}}" for name in self.rules)
        still = ".passing{opacity:0}"
        return f"{still}\n{rules}\n@media (prefers-reduced-motion:no-preference){{{names}}}\n"

    def _timing(self, begin: float, end: float | None) -> str:
        """Return the classes for what is shown from one second to another; None for the end."""
        start, stop = (
            100.0 * moment / self.clock.whole for moment in (begin, self.clock.whole if end is None else end)
        )
        name = f"t{begin * 100:.0f}-{'' if end is None else f'{end * 100:.0f}'}"
        before = f"0%,{start - 0.01:.3f}%{{opacity:0}}" if begin > 0.0 else ""
        after = "" if end is None else f"{stop + 0.01:.3f}%,100%{{opacity:0}}"
        self.rules[name] = f"@keyframes {name}{{{before}{start:.3f}%,{stop:.3f}%{{opacity:1}}{after}}}"
        return name if end is None else f"{name} passing"

    # What is always there.

    def _edges(self) -> Iterator[str]:
        for edge in self.drawn.edges:
            yield f'<path class="edge" marker-end="url(#tip)" d="{edge.path}"/>'
        for place, step in enumerate(self.steps):
            found = self._edge_of(step)
            if found is not None:
                yield f'<path class="lit {self._during(place)}" d="{found}"/>'

    def _edge_of(self, step: Step) -> str | None:
        key = self.drawn.edge_keys.get((step.operand, step.consumer, step.place))
        return next((edge.path for edge in self.drawn.edges if edge.key == key), None)

    def _during(self, place: int) -> str:
        return self._timing(self.clock.begins(place), self.clock.begins(place + 1))

    def _discs(self) -> Iterator[str]:
        for key, node in self.drawn.operations.items():
            box = self.drawn.box(key)
            yield f'<rect class="disc" {round_ended(box)}/>{_text(box.x, box.y + 4.5, "sign", symbol(node))}'

    def _is_small(self, node: Value) -> bool:
        return node.is_constant and not node.shape

    def _constants(self) -> Iterator[str]:
        small = {self.drawn.keys[node]: show(node.data) for node in self.drawn.nodes if self._is_small(node)}
        small |= {key: self.words.name(node) for key, node in self.drawn.chips.items()}
        for key, said in small.items():
            box = self.drawn.box(key)
            yield f'<rect class="constant" {round_ended(box)}/>{_text(box.x, box.y + 4.5, "middle", said[:16])}'

    # Cards: as they were filled in, while their share comes in, and right.

    def _card(self, node: Value) -> Iterator[str]:
        box = self.drawn.box(self.drawn.keys[node])
        corner = f'transform="translate({box.x - box.width / 2:.1f},{box.y - box.height / 2:.1f})"'
        into = [place for place, step in enumerate(self.steps) if step.operand is node]
        done = self.clock.begins(into[-1]) if into else OPENING if node is self.words.root else None
        status, text = self._initial_state(node)
        if done is None:  # nothing comes in here
            yield f'<g class="{status}" {corner}>{self._face(node, box, status, text)}</g>'
            return
        first = self.clock.begins(into[0]) if into else done
        yield f'<g class="{status} {self._timing(0.0, first)}" {corner}>{self._face(node, box, status, text)}</g>'
        for at, place in enumerate(into):
            step = self.steps[place]
            begin, end = self.clock.begins(place), self.clock.begins(place + 1)
            face = self._face(node, box, "", show(step.total) if not node.shape else "", step)
            yield f'<g class="now {self._timing(begin, end)}" {corner}>{face}</g>'
            if at + 1 < len(into) and into[at + 1] > place + 1:
                later = self.clock.begins(into[at + 1])
                yield f'<g class="part {self._timing(end, later)}" {corner}>{face}</g>'
        last = self.steps[into[-1]] if into else None
        total = "1" if last is None else "" if node.shape else show(last.total)
        right = self._timing(self.clock.begins(into[-1] + 1) if into else done, None)
        yield f'<g class="correct {right}" {corner}>{self._face(node, box, "correct", total, last)}</g>'

    def _initial_state(self, node: Value) -> tuple[str, str]:
        result = self.comparison[node]
        if is_untouched(node) or result.status is Status.MISSING:
            return "missing", "?"
        number = finite_or_none(result.actual) if not node.shape else None
        return result.status.value, "" if number is None else show(number)

    def _face(self, node: Value, box: Box, word: str, grad: str, step: Step | None = None) -> str:
        w, h = box.width, box.height
        top = h - SLOT_HEIGHT - 6
        holds = ("shape", str(node.shape)) if node.shape else ("data", show(node.data))
        parts = [
            f'<rect class="paper" width="{w:g}" height="{h:g}" rx="9"/>',
            _text(10, 20, "name", one_line(self.words.name(node))[:14]),
            _text(w - 9, 19, "word", "" if word == "skipped" else word),
            _text(10, 46, "quiet", holds[0]),
            _text(51, 46.5, "data", holds[1]),
            _text(10, top + 18.5, "quiet", "grad"),
            f'<rect class="slot" x="{LEFT:g}" y="{top:g}" {_size(w - LEFT - RIGHT, SLOT_HEIGHT)} rx="5"/>',
            _text(51, top + 18.5, "grad", grad),
        ]
        if node.shape:
            maps = [self.drawn.map_of(node) or {}, tone_map(step.total, self.largest) if step else {}]
            parts += [
                f'<g transform="translate({x:g},{MAP_TOP:g})">{draw_map(map_)}</g>' for x, map_ in zip(MAPS_LEFT, maps)
            ]
        return "".join(parts)

    def _pill(self, place: int, step: Step) -> Iterator[str]:
        """Yield the product beside the operation."""
        if step.is_of_arrays or self._edge_of(step) is None:
            return
        box = self.drawn.box(f"o{self.drawn.scene.view.numbers[step.consumer]}")
        said = product(step)
        width = text_width(said, 13.5, bold=True) * 1.15 + 18
        left = max(-MARGIN + 4, min(box.x - width / 2, self.drawn.places.width + MARGIN - width - 4))
        top = box.y - box.height / 2 - 32
        yield (
            f'<g class="{self._during(place)}"><rect class="pill" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="24" rx="12"/>{_text(left + width / 2, top + 16.5, "product", said)}</g>'
        )

    # The sentence below.

    def _captions(self, top: float, width: float) -> Iterator[str]:
        wrong = [result for result in self.comparison.causes if not is_untouched(result.node)]
        opening = one_line(wrong[0].note) if wrong else self.words.start()
        kind = "mistake" if wrong else "told"
        yield self._caption(opening, kind, self._timing(0.0, OPENING), top, width)
        for place, step in enumerate(self.steps):
            yield self._caption(self.words.describe(step), "told", self._during(place), top, width)
        end = "Every gradient is the sum of what its uses passed back."
        yield self._caption(end, "told", self._timing(self.clock.end, None), top, width)

    def _caption(self, said: str, kind: str, when: str, top: float, width: float) -> str:
        lines: list[str] = [""]
        for word in said.split():
            longer = f"{lines[-1]} {word}".strip()
            if text_width(longer, _SIZE) * 1.15 > width - 2 * MARGIN and lines[-1]:
                lines.append(word)
            else:
                lines[-1] = longer
        if len(lines) > 2:
            lines = [lines[0], f"{lines[1]} \N{HORIZONTAL ELLIPSIS}"]
        texts = "".join(_text(2, top + 16 + 21 * row, kind, line) for row, line in enumerate(lines))
        return f'<g class="{when}">{texts}</g>'


def _size(width: float, height: float) -> str:
    return f'width="{width:.0f}" height="{height:.0f}"'


def _text(x: float, y: float, kind: str, said: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>' if said else ""
