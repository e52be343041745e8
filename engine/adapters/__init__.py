"""Other people's graphs and backward passes, checked as they stand; a room for each kind of code.

`numpy_code` checks a backward pass in plain NumPy (`check_backward`), `micrograds` a graph of somebody's own autograd
engine (`probe`), `torch_code` what is written for PyTorch and `jax_code` what is written for JAX; `torch` and `jax` are
their doors, as they need those packages.

What all of them need stands beside them. Their code runs, and afterwards everything is as before (`aside`, through
`attributes` and `copies`); run again, it has no effect outside (`effects`). A mistake has a line of theirs (`source`
and `lines`, and `syntax` for what a line does). An operation of theirs is one of ours where it gives the same numbers
(`recognise`), and what was found out is one form whoever has found it (`reading`). Whose code a line is, `theirs` says,
and `reached` what it calls.
"""
