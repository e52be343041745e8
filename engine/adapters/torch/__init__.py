"""PyTorch's tensors and `torch.autograd.Function`s, checked as they are.

`watch()` around a model and its backward finds the Function whose backward is wrong; `compare(loss, {name: (tensor,
gradient by hand)})` checks an exercise on tensors. torch is needed here alone: `import handgrad` does without.

`compare` (`comparing`): autograd's graph is copied as one of ours (`mirror`), step by step. A step is the operation of
ours (`adapters.recognise`) that passes back the same as autograd, else a linear map. The one comparator checks what was
filled in; `tensors` goes between tensors and arrays.

`watch` (`watching`), in order:

1. `recording` notes the calls of Functions as they happen, with what each has saved for its backward and who writes to
   that, in the Function's own words.
2. Each call runs again by itself (`replay`), in double precision, and leaves nothing behind (`isolation`).
3. `truth` tells who is right about an input: the user's backward, or autograd on the forward; the slopes are measured.
   For a fused Function a readable forward may stand for its own (`Readable`): autograd through that is right.
4. What is to be said of a call is a `Shown`. What is wrong is explained (`diagnosis`): the slip, and by experiment the
   line.
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

from .comparing import compare
from .watching import watch

__all__ = ["compare", "watch"]
