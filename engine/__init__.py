"""handgrad's engine: a from-scratch autograd engine in which you can do the backward pass yourself."""

from .checking.compare import compare
from .checking.comparison import Comparison
from .checking.gradcheck import gradcheck
from .checking.numeric import numeric_gradients
from .checking.result import NodeResult
from .checking.slip import Slip
from .checking.status import Status
from .declare import op
from .errors import HandgradError, ManualModeError, StaleGraphError
from .gradients import gradients
from .graph import zero_grad
from .manual import manual
from .memory import big_graph
from .names import label
from .value import Value

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
    "compare",
    "gradcheck",
    "gradients",
    "label",
    "manual",
    "numeric_gradients",
    "op",
    "zero_grad",
]
