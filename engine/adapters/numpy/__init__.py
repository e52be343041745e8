"""Backward passes in plain NumPy, checked as they stand: `check_backward`, and for pytest `assert_backward`.

`check` leads the way, at one point after the other:

1. Both functions run as they are (`running`). `calling` finds out what with, and how; `tracing` records what ran, and
   `state` puts back what they change.
2. `gradients` tells which input each number that came out is the gradient of, by its name or its place.
3. The forward runs again, traced: in place of arrays it gets a `box` that remembers what is done with it (`functions`),
   and what is written in place (`blocks`). That gives a graph of ours.
4. The graph's gradients are compared with slopes of user code. They are the `truth`, or, where it was not followed, the
   slopes are.
5. `proving` has the backward run again: `repair` tells where it goes wrong, and by which change it is right.
6. `report` is the verdict: a number that is a node's gradient where everything is fixed is that node's.
"""
