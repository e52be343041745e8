"""Other people's graphs and backward passes, checked as they stand; a room for each kind of code.

`numpy_code` checks a backward pass in plain NumPy (`check_backward`), `micrograds` a graph of somebody's own autograd
engine (`probe`), `torch_code` what is written for PyTorch and `jax_code` what is written for JAX; `torch` and `jax` are
their doors, as they need those packages.

What all of them need stands beside them. Their code runs, and afterwards everything is as before (`keeping`, through
`attributes`). A mistake has a line of theirs (`source`, and `syntax` for what a line does). Numbers of theirs are held
against others (`amounts`), and what is known of an operation of theirs by its slopes alone is a node (`nodes`), so that
the one comparator judges it.
"""
