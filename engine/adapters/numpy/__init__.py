"""Backward passes in plain NumPy, checked as they stand: `check_backward`, and for pytest `assert_backward`.

`check` leads the way, at one point after the other:

1. Both functions run as they are (`running`). `inputs` are what they are called with, `calling` finds out how;
   `recorder` notes which lines ran and what the parts of a result are called, and `state` puts back what they change.
2. `gradients` tells which input each number that came out is the gradient of, by its name (`naming`) or its place.
3. The forward runs again, traced (`following`): in place of arrays it gets a `box` that remembers what is done with it
   (`dispatch` and `creation` for NumPy's functions, `steps` for those without a rule, `memory` for what is written in
   place). That gives a graph of ours, with its true gradients (`chain`).
4. `measured` compares the graph with slopes of user code. Where it was not followed, these are the truth. Either
   way it is what is `expected`, and the gradients given back are compared with that.
5. `proving` has the backward run again: `repair` tells where it goes wrong, and by which change it is right.
6. `report` is the verdict: a number that is a node's gradient where everything is fixed is that node's.

`asserting` is the same as a test's assertion, and `errors` say why something cannot be checked.
"""
