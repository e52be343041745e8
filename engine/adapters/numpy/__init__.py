"""Backward passes in plain NumPy, checked as they stand: `check_backward`, and for pytest `assert_backward`.

`check` leads the way, at one point after the other:

1. Both functions run as they are. `inputs` are what they are called with, `calling` finds out how; `events` notes each
   number that gets a name, and on which line (`statements`, `trace`), and `state` puts back what they change.
2. `gradients` tells which input each number that came out is the gradient of, by its name (`naming`) or its place.
3. The forward runs again, traced (`following`): in place of arrays it gets a `box` that remembers what is done with it
   (`dispatch` and `creation` for NumPy's functions, `steps` for those without a rule, `memory` for what is written in
   place; `jitted` gives numba's functions as Python). That gives a graph of ours.
4. `measured` holds the graph against slopes of their forward. Where it was not followed, these are the truth.
5. `judging` fills their numbers in on the graph and compares: the gradients given back, and those on the way, which
   `pairing` pairs with nodes: by value among the true ones and what follows (`chain`, `matching`), by name (`meaning`),
   or by what comes later (`foresight`). `kinds` are the words for what a number is.
6. `blaming` goes back from a wrong number to the line that made it.

`asserting` is the same as a test's assertion, and `errors` say why something cannot be checked.
"""
