"""handgrad's engine: a scalar autograd engine in which you can do the backward pass yourself."""

from .autodiff import gradients
from .compare import compare
from .comparison import Comparison, NodeResult, Status
from .diagnose import Slip
from .errors import HandgradError, ManualModeError, StaleGraphError
from .gradcheck import gradcheck
from .graph import zero_grad
from .manual import manual
from .names import label
from .numeric import numeric_gradients
from .ops import op
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
    "compare",
    "gradcheck",
    "gradients",
    "label",
    "manual",
    "numeric_gradients",
    "op",
    "zero_grad",
]
