"""handgrad's engine: a from-scratch autograd engine in which you can do the backward pass yourself."""

# ruff: noqa: E402
from .search_path import clean_path

clean_path()  # before anything is imported that a file in the current folder may be called as

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import HandgradError, ManualModeError, StaleGraphError
from .gradients import gradients
from .graph import zero_grad
from .manual import manual
from .memory import big_graph
from .names import label
from .value import Value

if TYPE_CHECKING:
    from .adapters.micrograd.probing import probe
    from .adapters.numpy.check import check_backward
    from .comparator import compare
    from .declare import op
    from .recording.recording import replay
    from .rulecheck.gradcheck import gradcheck
    from .rulecheck.numeric import numeric_gradients
    from .slips.slip import Slip
    from .verdict.comparison import Comparison
    from .verdict.result import NodeResult
    from .verdict.status import Status

__all__ = [
    "Comparison",
    "HandgradError",
    "ManualModeError",
    "NodeResult",
    "Slip",
    "StaleGraphError",
    "Status",
    "Value",
    "big_graph",
    "check_backward",
    "compare",
    "gradcheck",
    "gradients",
    "label",
    "manual",
    "numeric_gradients",
    "op",
    "probe",
    "replay",
    "zero_grad",
]


# What building a graph and `backward()` do without: loaded when it is asked for.
_LATE = {
    "Comparison": ".verdict.comparison",
    "NodeResult": ".verdict.result",
    "Slip": ".slips.slip",
    "Status": ".verdict.status",
    "check_backward": ".adapters.numpy.check",
    "compare": ".comparator",
    "gradcheck": ".rulecheck.gradcheck",
    "numeric_gradients": ".rulecheck.numeric",
    "op": ".declare",
    "probe": ".adapters.micrograd.probing",
    "replay": ".recording.recording",
}


# Rooms with a public module of their own, which `import handgrad` does not load either.
_ROOMS = ("arrays", "functional", "nn", "optim", "sanity", "testing", "viz")


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # 20 ms that nobody else is to wait for

        return version("handgrad")  # setup.cfg alone states it
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, "__version__", "__doc__", "__name__", "__file__", "__path__"})
