"""The state of a sheet: the texts that were typed, the gradients they give, and their verdicts."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Container
from typing import Any

from handgrad import Comparison, Status, Value, compare
from handgrad.number import finite_or_none, one_line, show

from ..heat import heat
from ..label import number_in
from . import picture
from .expression import ExpressionError
from .forward import is_same
from .graph import Drawn
from .known import Known, NotYetError, Pending, check_shape
from .line import evaluate_line
from .requests import Message
from .sendable import number, read_data
from .words import Words

MEANING = {
    "carried": " It fits your own numbers nearer the root, and is wrong only because one of them is.",
    "typed": " Check judges it.",
}
"""What a verdict means, where its word does not say it."""


_OUTRUN = (
    "{name}: {text} was right before the data moved. A number stays as you typed it; a formula in the names follows "
    "the data."
)
"""Of a number that was right for other data: no slip was made there."""

_FILLED = "filled in"

_versions = itertools.count(1)
"""No two states of a sheet have the same, nor do two sheets that are shown at one address one after the other."""


class Marks:
    """The gradients filled in on a sheet, and how they are judged.

    Attributes:
        asked: the nodes that a gradient is asked of, in backward order.
        known: what the names mean.
        comparison: the last one made.
        is_at_once: whether what is typed is judged at once, or only by `check`.
        version: another number after each change, whoever made it.
        data_version: the version since which the data are these.
    """

    def __init__(
        self, comparison: Comparison, options: dict[str, Any], drawn: Drawn, words: Words, known: Known
    ) -> None:
        """Start with the `options` of `compare`."""
        self.comparison, self.known = comparison, known
        self._root, self._options, self._drawn, self._words = comparison.root, options, drawn, words
        self.asked = [node for node in drawn.nodes if comparison[node].status is not Status.SKIPPED]
        self._asked_nodes = set(self.asked)
        self._typed: dict[Value, tuple[str, Any]] = {}
        self.is_at_once = True
        self._checked: dict[Value, tuple[Any, Message]] = {}
        self._outrun: dict[Value, Any] = {}
        self._seen: list[Any] = []
        self._seen_data: list[Any] = []
        self.version = self.data_version = next(_versions)
        self.begin()

    def write(self, node: Value, text: str) -> None:
        """Put what was typed into the node's grad and re-evaluate formulas; an empty text removes it.

        Raises:
            ExpressionError: it was not understood, or has another shape; then nothing has changed.
        """
        if not text.strip():
            node.grad = None
            self._typed.pop(node, None)
        else:
            value = self._evaluate(text, node, self.known)
            node.grad = value
            self._typed[node] = (text.strip(), node.grad)
        self._evaluate_formulas()

    def _evaluate(self, text: str, node: Value, known: Known) -> Any:
        name = self._words.name(node)
        value = evaluate_line(text, known, name, node.shape)
        check_shape(value, node, name)
        return value

    def follow(self, was_right: Collection[Value]) -> list[Value]:
        """Follow a change of the data: re-evaluate formulas, keep numbers as typed.

        Args:
            was_right: the nodes whose gradient was right for the data before.

        Returns:
            Those of them whose number is not right any more.
        """
        self._evaluate_formulas()
        self._checked.clear()
        self.version = next(_versions)
        self.compare_again()
        outrun = [node for node in self.asked if node in was_right and not self._is_right(node)]
        self._outrun.update((node, node.grad) for node in outrun)
        return outrun

    def _evaluate_formulas(self) -> None:
        """Re-evaluate what was typed; one without a value now keeps its number."""
        typed = {node: self._typed[node] for node in self.asked if node in self._typed}
        waiting = {
            node: text
            for node, (text, grad) in typed.items()
            if node.grad is grad and (grad is None or number_in(text) is None)
        }
        while waiting:
            count = len(waiting)
            for node in list(waiting):
                if self._is_evaluated(node, waiting[node], waiting):
                    del waiting[node]
            if len(waiting) == count:
                del waiting[next(iter(waiting))]

    def _is_evaluated(self, node: Value, text: str, waiting: Container[Value]) -> bool:
        """Evaluate what was typed, unless it depends on something that waits."""
        try:
            value = self._evaluate(text, node, Pending(self.known, waiting))
        except NotYetError:
            return False
        except ExpressionError:
            return True
        if node.grad is None or not is_same(value, node.grad):
            node.grad = value
            self._typed[node] = (text, node.grad)
        return True

    def _is_right(self, node: Value) -> bool:
        return self.comparison[node].status is Status.CORRECT

    @property
    def right(self) -> set[Value]:
        """The nodes whose gradient is right."""
        self.compare_again()
        return {node for node in self.asked if self._is_right(node)}

    @property
    def judged_right(self) -> set[Value]:
        """The nodes whose gradient is known to be right, by who typed it too."""
        return self.right if self.is_at_once else {node for node in self.right if node in self._checked}

    @property
    def work(self) -> Any:
        """Return what was typed and its verdicts, for `restore_work`."""
        grads = {node: node.grad for node in self.asked}
        return grads, dict(self._typed), dict(self._checked), dict(self._outrun)

    def restore_work(self, work: Any) -> None:
        """Restore an earlier state."""
        grads, typed, checked, outrun = work
        for node, grad in grads.items():
            node.grad = grad
        self._typed, self._checked, self._outrun = dict(typed), dict(checked), dict(outrun)
        self.version = next(_versions)

    def begin(self) -> None:
        """Note the present gradients as what the program began with."""
        self._begun = {node: (self._box_text(node), node.grad, self._typed.get(node)) for node in self.asked}

    def begin_empty(self) -> None:
        """Count the present gradients as typed."""
        self._begun = dict.fromkeys(self.asked, ("", None, None))

    def whole(self) -> Message:
        """Return all that `restore` needs, by the nodes' ids."""
        ids = self._drawn.ids
        return {
            "judged": "at once" if self.is_at_once else "on demand",
            "texts": {ids[node]: text for node in self.asked if (text := self._box_text(node))},
            "grads": {ids[node]: number(node.grad) for node in self._typed if not node.shape},
            "begun": {ids[node]: text for node, (text, *_) in self._begun.items() if text},
        }

    def restore(self, texts: dict[Any, Any], grads: Any, begun: Any) -> None:
        """Restore all that a page shows, unless the program now begins otherwise.

        Args:
            texts: by the nodes' ids; what is not understood is left out.
            grads: the numbers of formulas, for those that cannot be evaluated again.
            begun: what the page's program began with; of none that of a program such as this is meant.
        """
        self._checked.clear()
        self._outrun.clear()
        self._typed.clear()
        for node in self.asked:
            id_ = self._drawn.ids[node]
            stands, grad, typed = self._begun[node]
            text = texts.get(id_, "")
            begins_otherwise = isinstance(begun, dict) and begun.get(id_, "") != stands
            if begins_otherwise or text == stands or not isinstance(text, str):
                node.grad = grad
                if typed is not None:
                    self._typed[node] = typed
            else:
                given = grads.get(id_) if isinstance(grads, dict) else None
                node.grad = read_data(node, given) if text.strip() else None
                if text.strip():
                    self._typed[node] = (text.strip(), node.grad)
        self._evaluate_formulas()
        self._typed = {node: typed for node, typed in self._typed.items() if node.grad is not None}
        self.version = next(_versions)

    def judge(self, *, at_once: bool) -> None:
        """Choose when what is typed is judged."""
        self.is_at_once = at_once
        self._checked.clear()
        self.version = next(_versions)

    def check(self) -> None:
        """Judge the present gradients."""
        self.compare_again()
        self._checked = {node: (node.grad, self._entry(node)) for node in self.asked}
        self.version = next(_versions)

    def empty(self) -> None:
        """Take every gradient out again."""
        for node in self.asked:
            node.grad = None
        self._typed.clear()
        self._checked.clear()
        self._outrun.clear()
        self.version = next(_versions)

    def compare_again(self) -> Comparison:
        """Return fresh verdicts."""
        self.note_changes()
        self.comparison = compare(self._root, **self._options)
        return self.comparison

    def note_changes(self) -> None:
        """Count the version on if a gradient or the data has changed, perhaps by a program."""
        grads, data = [node.grad for node in self.asked], [node.data for node in self._drawn.nodes]
        has_moved = _are_others(data, self._seen_data)
        if has_moved or _are_others(grads, self._seen):
            self._seen, self._seen_data = grads, data
            self.version = next(_versions)
        if has_moved:
            self.data_version = self.version

    def verdicts(self) -> dict[str, Message]:
        """Return the verdict on each node by its id."""
        self.compare_again()
        return {self._drawn.ids[node]: self._show_verdict(node) for node in self._drawn.nodes if not node.is_constant}

    def reply(self, node: Value | None = None) -> Message:
        """Return the verdicts as part of a reply; `node` is what was just typed."""
        found = self.verdicts()
        summary = self.summary(found)
        causes = [self._drawn.ids[r.node] for r in self.comparison.causes if r.node in self._asked_nodes]
        reply = {
            "version": self.version,
            "judged": "at once" if self.is_at_once else "on demand",
            "verdict": found,
            "causes": causes if self.is_at_once else [c for c in causes if found[c]["status"] == "wrong"],
            "summary": summary,
            "ok": self.comparison.ok if self.is_at_once else all(e["status"] == "correct" for e in found.values()),
        }
        if node is not None:
            entry = found[self._drawn.ids[node]]
            more = f" {summary}" if reply["ok"] else MEANING.get(entry["status"], "")
            reply["say"] = f"{self._words.name(node)}: {entry['status']}.{more}"
            reply["why"] = entry["slip"]
        return reply

    def _show_verdict(self, node: Value) -> Message:
        if self.is_at_once or node not in self._asked_nodes:
            return self._entry(node)
        if node in self._checked and self._checked[node][0] is node.grad:
            return self._checked[node][1]
        entry = self._entry(node)
        status = "missing" if node.grad is None else "typed"
        state = picture.state_of(status, entry["text"])
        unjudged = {**entry, "status": status, "slip": None, "state": state}
        return {**unjudged, "map": ""} if "map" in entry else unjudged

    def _entry(self, node: Value) -> Message:
        result = self.comparison[node]
        entry: Message = {
            "status": result.status.value,
            "text": self._text(node),
            "state": picture.state_of(result.status.value, self._text(node)),
            "slip": one_line(result.note) or None if result.status is Status.WRONG else None,
            "grad": number(finite_or_none(result.actual)) if not node.shape else None,
        }
        if node in self._outrun and self._outrun[node] is node.grad and result.status is not Status.CORRECT:
            entry["is_outrun"] = True
            if entry["slip"]:
                entry["slip"] = _OUTRUN.format(name=self._words.name(node), text=entry["text"] or show(node.grad))
        if node.shape:
            entry["map"] = picture.heat_map(heat(result) if result.status is not Status.SKIPPED else [])  # type: ignore[arg-type]
            entry["hole"] = "?" if node.grad is None else _FILLED
        return entry

    def _box_text(self, node: Value) -> str:
        """Return the text of a box; _FILLED for a gradient that cannot be typed, "" for none."""
        return self._text(node) or ("" if node.grad is None else _FILLED)

    def _text(self, node: Value) -> str:
        """Return what was typed for a gradient, or its number."""
        text, written = self._typed.get(node, ("", None))
        if node.grad is None or written is node.grad:
            return text if node.grad is not None else ""
        value = finite_or_none(node.grad)
        if value is None:
            return "" if node.shape else show(node.grad)
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)

    def summary(self, verdicts: dict[str, Message]) -> str:
        """Return the state of the work in a sentence."""
        found = [verdicts[self._drawn.ids[node]]["status"] for node in self.asked]
        count = {status: found.count(status) for status in ("correct", "wrong", "carried", "missing", "typed")}
        if count["correct"] == len(found):
            one = "The gradient is right" if len(found) == 1 else f"All {len(found)} gradients are right"
            return f"{one}. {self.comparison.remark} Now watch the whole pass again.".replace("  ", " ")
        parts = [f"{count['correct']} of {len(found)} right"]
        if count["wrong"]:
            parts.append(f"{count['wrong']} wrong")
        if count["carried"]:
            follow = "follows" if count["carried"] == 1 else "follow"
            parts.append(f"{count['carried']} only {follow} from {'that' if count['wrong'] == 1 else 'those'}")
        if count["typed"]:
            parts.append(f"{count['typed']} not judged yet")
        if count["missing"]:
            parts.append(f"{count['missing']} to go")
        return f"{', '.join(parts)}."


def _are_others(new: list[Any], old: list[Any]) -> bool:
    return len(new) != len(old) or any(one is not other for one, other in zip(new, old))
