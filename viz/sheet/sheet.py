"""A sheet: a graph to fill in gradients on, judged as they are typed, with the backward pass to walk.

A host sends messages and shows the replies; both are plain dicts that JSON can hold. All that is said, counted and
judged comes from here, so that a page, a notebook and a test see the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import secrets
import sys
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from handgrad import Comparison, HandgradError, Status, Value, compare
from handgrad.graph import topological_order
from handgrad.number import one_line, show

from .. import dot
from ..drawing import SMALLER
from ..errors import RenderError
from ..process import TooSlowError
from ..scene import checked_target, scene
from ..themed import EXPORTED, follow_theme
from .answers import answer
from .fault import fault
from .forward import is_same, recompute, write
from .graph import Drawn
from .known import Known
from .layout import Layout, lay_out_with_graphviz
from .marks import Marks
from .opening import choose_shown, empty_untouched
from .requests import Message
from .sendable import data_of, read_data
from .undo import History, State
from .walk import Walk
from .words import Words

LIMIT = 150
"""A graph of more nodes is cut to what matters most, as in pictures."""

MODES = ("fill", "watch", "predict")


class Sheet:
    """A graph to fill gradients in on.

    What is typed is written into `node.grad`. Numbers that stand there already stand on the sheet. In a graph built
    outside `manual()` a grad of 0.0 that nothing has been added to counts as not filled in, and becomes None.

    Args:
        target: the root of a graph, or what `compare` gave: then its nodes are asked for, by its tolerance.
        mode: how it opens: "fill", "watch" or "predict".
        layout: DOT -> Graphviz's plain format, where the renderer of the pictures is not to do it.
        title: what stands above it.
        following: makes the sheet that comes after this one, where there is one.
        counts_hints: whether it is a kata's, where a slope that is measured counts as a hint.
        renderer: DOT -> SVG, where the renderer of the pictures is not to do it.
        more: what may be typed besides the nodes: sizes, indices, by name.

    Attributes:
        key: the same for the same graph, also in another process.
        port: where a server shows it, 0 for nowhere.
        run: another text for each sheet that is made, so that a page notices that its program was started again.

    Raises:
        TargetError: the target is neither a Value nor a Comparison.
        NotOneNumberError: the root is an array.
        StaleGraphError, DomainError, ByHandError: as for `compare`.

    Examples:
        >>> from handgrad import manual
        >>> with manual():
        ...     a, b = Value(2.0, "a"), Value(-3.0, "b")
        ...     L = a * b
        >>> L.label = "L"
        >>> sheet = Sheet(L)
        >>> sheet.handle({"do": "fill", "node": "L", "text": "1"})["verdict"]["L"]["status"]
        'correct'
        >>> sheet.handle({"do": "fill", "node": "a", "text": "L.grad * b"})["say"]
        'a: correct.'
        >>> a.grad
        -3.0
    """

    def __init__(
        self,
        target: Value | Comparison,
        *,
        mode: str = "fill",
        layout: Layout = lay_out_with_graphviz,
        title: str = "",
        following: Callable[[], Sheet] | None = None,
        counts_hints: bool = False,
        renderer: Layout | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        self.root, given = checked_target(target)
        self.mode = mode if mode in MODES else "fill"
        self.title, self.following, self.port = title, following, 0
        self.counts_hints = counts_hints
        self._layout, self._renderer, self._more = layout, renderer, more
        self._options: dict[str, Any] = {}
        if given is not None:
            asked = [result.node for result in given if result.status is not Status.SKIPPED]
            self._options = {"nodes": asked, **given.tolerance._asdict()}
        self.order = topological_order(self.root)
        self._was_autodiff = empty_untouched(self.order, only_whole=given is not None)
        self._is_cut = False
        self._first_data = self._leaves()
        self.run = secrets.token_hex(8)
        self._adopted: tuple[str, int] | None = None
        self._show_at_most(LIMIT)
        self.hints_open: dict[Value, int] = {}
        self._history, self._drag = History(), ""
        self._lock = threading.RLock()

    def _show_at_most(self, limit: int) -> None:
        """Choose what is shown and asked for."""
        comparison = compare(self.root, **self._options)
        self.words = Words(self.root, comparison.names)
        self.drawn = Drawn(choose_shown(comparison, self.order, limit), self.words, self._layout)
        named = [node for node in self.order if not node.is_constant]
        names = {call(node): node for call in (self.words.name, comparison.names.__getitem__) for node in named}
        known = Known(names, None, self._more)
        self.marks = Marks(comparison, self._options, self.drawn, self.words, known)
        self.walk = Walk(self.drawn, self.words, known.nodes)
        self.nodes = {self.drawn.ids[node]: node for node in self.marks.asked}
        self.by_id = {name: node for node, name in self.drawn.ids.items()}
        facts = [(name, data_of(node), node.op.name if node.op else "") for node, name in self.drawn.ids.items()]
        self.key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
        self._settle()

    def begin_with(self, texts: dict[str, str]) -> None:
        """Put texts into boxes as part of the beginning: a page that shows just these has changed nothing."""
        self.marks.restore(texts, {}, {})
        self.marks.begin()
        self._settle()

    def _settle(self) -> None:
        """Note that nothing has been done here since now."""
        self.marks.note_changes()
        self._settled = self.version

    def lay_out(self) -> None:
        """Place everything before it is shown; cut what takes the layout too long, and note it.

        Raises:
            RenderError: the layout cannot be found, or takes too long for the smallest part too.
        """
        with self._lock:
            sizes = [size for size in SMALLER if size < len(self.drawn.scene.view.numbers)]
            while True:
                try:
                    _ = self.drawn.places
                    return
                except TooSlowError:
                    if not sizes:
                        raise RenderError("its layout takes too long and was stopped", RenderError.DRAW_LESS) from None
                self._show_at_most(sizes.pop(0))
                self._is_cut = True

    def handle(self, message: Any) -> Message:
        """Answer one message. It raises nothing, whatever the message is.

        A message's kind stands under "do": those of `answers.ANSWERS`. A reply's stands under "type". Each reply says
        besides what the sheet shows now, as `present` has it; only "same" leaves out what its page has already.
        """
        with self._lock:
            try:
                reply = self._answer(message)
                if reply["type"] != "same":
                    reply = reply if "verdict" in reply else {**self.present(), **reply}
            except HandgradError as error:
                reply = self._add_state({"type": "error", "message": one_line(str(error))})
            except Exception as error:  # a host that hears nothing would wait, or blame the learner
                reply = self._add_state(fault(error))
            if "verdict" in reply and not self._shows_data(message):
                reply["cards"] = {name: self.drawn.show_data(self.by_id[name]) for name in reply["data"]}
            return {"run": self.run, "version": self.version, "key": self.key, **reply}

    def _shows_data(self, message: Any) -> bool:
        """Return whether the asking page shows the current data; "restore" is about a state, not its page."""
        if not isinstance(message, dict) or message.get("run") != self.run or message.get("do") == "restore":
            return False
        version = message.get("version")
        return isinstance(version, int) and version >= self.marks.data_version

    def _answer(self, message: Any) -> Message:
        run = message.get("run") if isinstance(message, dict) else None
        if run not in (None, self.run) and message.get("do") not in ("open", "restore"):
            return {"type": "restarted"}
        return answer(self, message)

    def _add_state(self, reply: Message) -> Message:
        """Return an error with what the sheet shows, if that can be had."""
        try:
            return {**self.present(), **reply}
        except Exception:  # the reply says it already
            return reply

    def present(self, node: Value | None = None) -> Message:
        """Return what the sheet shows now, as part of a reply; `node` is what was just typed.

        That is the data of every node, the verdicts with the texts, and the `state`: what a page sends back in
        "restore" to a program that was started again. `handle` adds the `cards`, which write the data out.
        """
        verdicts = self.marks.reply(node)
        shown = [node for node in self.drawn.nodes if not node.is_constant]
        return {
            "key": self.key,
            "can": self._history.can,
            "data": {self.drawn.ids[node]: data_of(node) for node in shown},
            "state": self._whole(),
            **verdicts,
        }

    def _whole(self) -> Message:
        moved = {node for node, data in self._first_data.items() if not is_same(node.data, data)}
        data = {self.drawn.ids[node]: data_of(node) for node in moved if node in self.drawn.ids}
        return {"run": self.run, "version": self.version, "data": data, **self.marks.whole()}

    def restore(self, state: Message) -> None:
        """Take over what a page shows, if it knows more than this sheet.

        Args:
            state: what `present` gave, in this run or another. Without a run it is a link's: then it is shown whatever
                stands here, and can be taken back.
        """
        run, given = state.get("run"), state.get("version")
        version = given if isinstance(given, int) else -1
        is_touched = self.version != self._settled
        if isinstance(run, str):
            known = self._adopted or (run, -1)
            if run == self.run or is_touched or known[0] != run or version <= known[1]:
                return
            self._adopted = (run, version)
        before = self.state
        self.set_leaves(self._first_data | self._read_leaves(state.get("data")))
        self.marks.restore(state["texts"], state.get("grads"), state.get("begun"))
        if state.get("judged") in ("at once", "on demand"):
            self.marks.judge(at_once=state["judged"] == "at once")
        if isinstance(run, str):
            self._settle()
        elif is_touched:
            self.record(before)

    def _read_leaves(self, data: Any) -> dict[Value, Any]:
        """Read the leaves' data from a state; {} if the graph has no value for them."""
        given = data if isinstance(data, dict) else {}
        leaves = {node: given.get(self.drawn.ids.get(node)) for node in self._first_data}
        read = {node: read_data(node, thing) for node, thing in leaves.items()}
        numbers = {node: value for node, value in read.items() if value is not None}
        try:
            recompute(self.order, self._first_data | numbers)
        except HandgradError:
            return {}
        return numbers

    def _leaves(self) -> dict[Value, Any]:
        return {node: node.data for node in self.order if node.is_leaf and not node.is_constant}

    @property
    def state(self) -> State:
        """All that can be taken back."""
        return State(self._leaves(), self.marks.work)

    def record(self, before: State, drag: str = "") -> None:
        """Record the state before an action that changed it; of a drag only the first."""
        now = self.state
        pairs = [(now.data, before.data), (now.work[0], before.work[0])]
        is_changed = any(one[node] is not other[node] for one, other in pairs for node in one)
        if is_changed and (not drag or drag != self._drag):
            self._history.note(before)
        if is_changed or not drag:
            self._drag = drag

    def move(self, numbers: dict[Value, Any], drag: str = "") -> Message:
        """Give nodes other data, from where formulas follow; what the sheet shows then.

        Args:
            numbers: of every node that is reached, as `forward.recompute` gives it.
            drag: of one that follows a hand, the same until the hand lets go: it is taken back as one.
        """
        before, was_right = self.state, self.marks.judged_right
        changed = write(numbers)
        self.walk.forget()
        outrun = self.marks.follow(was_right) if changed else []
        self.record(before, drag)
        return {**self.present(), "outrun": [self.drawn.ids[node] for node in outrun]}

    def back(self, *, forth: bool = False) -> bool:
        """Take the last thing back, or make it again; whether there was one."""
        state = self._history.back(self.state, forth=forth)
        if state is None:
            return False
        self.set_leaves(state.data)
        self.marks.restore_work(state.work)
        self._drag = ""
        return True

    def set_leaves(self, leaves: dict[Value, Any] | None = None) -> None:
        """Give the leaves these data, those of the beginning for None."""
        if write(recompute(self.order, self._first_data if leaves is None else leaves)):
            self.walk.forget()

    def picture(self) -> str:
        """Return what `viz.draw` shows of the graph as it is filled in, as SVG.

        Raises:
            RenderError: the renderer is missing, failed, or takes too long.
        """
        shown = scene(self.marks.compare_again(), limit=LIMIT, around=None)
        drawn = dot.picture(shown, reveal=False, rankdir="LR", derivatives=False, legend=True)
        return str(drawn.pipe("svg", encoding="utf-8")) if self._renderer is None else self._renderer(drawn.source)

    @property
    def version(self) -> int:
        """Another number after each change."""
        return self.marks.version

    @property
    def heading(self) -> str:
        return self.title or f"The gradients of {self.words.name(self.root)}"

    @property
    def tasks(self) -> dict[str, str]:
        """What there is to do, by mode."""
        root = self.words.name(self.root)
        first = self.words.name(next((node for node in self.marks.asked if node.grad is None), self.root))
        return {
            "fill": (
                f"Fill in the gradient of each node: how much {root} changes, per unit, when that node does. Begin at "
                f"{first} and go against the arrows. Type a number or an expression, such as "
                f"{self._example()}, and press Enter."
            ),
            "watch": (
                f"Watch the backward pass from {root} against the arrows, one use at a time: Step or Play. Click a "
                "node to go to its part."
            ),
            "predict": ("The same pass, but you say first what each use passes back: a number or an expression."),
        }

    @property
    def forward(self) -> list[str]:
        """Return how each node was made, a line each, in forward order."""
        lines = []
        for node in reversed(self.drawn.nodes):
            if not node.is_constant:
                made = self.drawn.list_operands(node)
                holds = f"an array of shape {node.shape}" if node.shape else show(node.data)
                lines.append(f"{self.words.name(node)} = {f'{made} = ' if made else ''}{holds}")
        return lines

    @property
    def summary(self) -> str:
        """Return the state of the work in a sentence."""
        with self._lock:
            return self.marks.summary(self.marks.verdicts())

    def _example(self) -> str:
        for consumer in self.marks.asked:
            if consumer.op is not None and consumer.op.name == "*" and consumer.label.isidentifier():
                other = consumer.operands[1]
                if other.label.isidentifier() and not other.is_constant:
                    return f"{consumer.label}.grad * {other.label}"
        arrays = (node for node in self.marks.asked if node.shape)
        array = next((node for node in arrays if node.label.isidentifier()), None)
        return "2 * -3" if array is None else f"{array.label}.grad.sum(0) or 2 * {array.label}"

    @property
    def note(self) -> str:
        said = [self.drawn.note]
        if self._is_cut:
            said.append("It takes too long to lay out more.")
        if self.drawn.note:
            root = self.root.label if self.root.label.isidentifier() else "root"
            said.append(f"The others are for a file: NAME.grad = ..., and compare({root}) judges them.")
        if self._was_autodiff:
            said.append("This graph was built outside manual(): a grad of 0.0 counts as not filled in.")
        return " ".join(filter(None, said))

    @cached_property
    def narrow(self) -> Drawn:
        """The same, laid out for a narrow screen if that is quick enough."""
        upright = Drawn(self.drawn.scene, self.words, self._layout, down=True)
        try:
            _ = upright.places
        except TooSlowError:
            return self.drawn
        return upright

    def serve(self, *, port: int = 0, open_browser: bool = True) -> None:
        """Serve the sheet in a browser until Ctrl-C, printing its address first.

        Raises:
            ServerError: the port is taken.
        """
        from .server import serve  # what has a host of its own needs no server

        serve(self, port=port, open_browser=open_browser)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget for a notebook, and its picture for an exported one; or else what to install."""
        if importlib.util.find_spec("anywidget") is None:
            return {"text/plain": _INSTALL, "image/svg+xml": self.picture()}
        found = self.widget._repr_mimebundle_(**options)
        shown, about = found if isinstance(found, tuple) else (found, {})
        with contextlib.suppress(RenderError, TooSlowError):  # without a renderer, or in a graph that takes too long
            shown = {**shown, "image/svg+xml": self.picture()}
        return shown, about

    def _ipython_display_(self) -> None:
        """Show the widget, and leave the picture for a notebook that is exported, where no kernel answers."""
        publish: Any = importlib.import_module("IPython.display").publish_display_data
        found = self._repr_mimebundle_()
        shown, about = found if isinstance(found, tuple) else (found, {})
        # In Colab each output is a page of its own: the picture would never go.
        is_widget = "application/vnd.jupyter.widget-view+json" in shown and "google.colab" not in sys.modules
        svg = shown.pop("image/svg+xml", None) if is_widget else None
        publish(shown, about)
        if svg:
            publish({"text/html": follow_theme(svg, EXPORTED)})

    @cached_property
    def widget(self) -> Any:
        """The notebook's view, an anywidget."""
        from .widget import SheetWidget  # anywidget is an extra

        return SheetWidget(self)


_INSTALL = "The sheet needs anywidget here: pip install anywidget. In a script or a terminal, .serve() opens it."
