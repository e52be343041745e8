"""PyTorch's tensors and `torch.autograd.Function`s, checked as they stand.

`watch()` around a model and its backward finds the Function whose backward is wrong; `compare(loss, {name: (tensor,
gradient by hand)})` judges an exercise on tensors. torch is needed here alone: `import handgrad` does without.
"""

try:
    import torch as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        "handgrad.adapters.torch checks code that is written for PyTorch, and PyTorch is not installed here. "
        "Install it with: pip install torch"
    ) from error

from .tensors.comparing import compare
from .tensors.watching import watch

__all__ = ["compare", "watch"]
