"""PyTorch's tensors and `torch.autograd.Function`s, checked as they stand.

`watch()` around a model and its backward finds the Function whose backward is wrong; `compare(loss, {name: (tensor,
gradient by hand)})` judges an exercise on tensors. torch is needed here alone: `import handgrad` does without.
"""

try:
    import torch as _torch
except ImportError as error:
    raise ImportError(
        "handgrad.adapters.torch checks code that is written for PyTorch, and PyTorch is not installed here. "
        "Install it with: pip install torch"
    ) from error

# Before 2.5 a step of autograd's graph does not tell what it makes.
if _torch.__version__ < "2.5":  # a TorchVersion, which compares as versions do
    raise ImportError(
        f"handgrad.adapters.torch needs PyTorch 2.5 or newer, and here is {_torch.__version__}. "
        "Get a newer one with: pip install -U torch"
    )

from .torch_code.comparing import compare
from .torch_code.watching import watch

__all__ = ["compare", "watch"]
