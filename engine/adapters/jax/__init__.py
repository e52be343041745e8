"""JAX's `custom_vjp` functions, checked as they are.

`check(f, *args)` compares the rules that the user wrote, of `f` or of what `f` calls, with the derivatives of the
functions themselves, at the arguments of each call (`custom_rule`). A rule that is wrong is tried with
one small change after the other. jax is needed here alone: `import handgrad` does without.
"""

try:
    import jax as _jax  # noqa: F401
except ImportError as error:
    raise ImportError(
        "handgrad.adapters.jax checks code that is written for JAX, and JAX is not installed here. "
        "Install it with: pip install jax"
    ) from error

from .checking import check

__all__ = ["check"]
