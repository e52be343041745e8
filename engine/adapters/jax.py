"""JAX's `custom_vjp` functions, checked as they stand.

`check(f, *args)` holds the rule that somebody wrote for `f` against the derivative of `f` itself. jax is needed here
alone: `import handgrad` does without.
"""

try:
    import jax as _jax  # noqa: F401
except ImportError as error:
    raise ImportError(
        "handgrad.adapters.jax checks code that is written for JAX, and JAX is not installed here. "
        "Install it with: pip install jax"
    ) from error

from .jax_code.checking import check

__all__ = ["check"]
