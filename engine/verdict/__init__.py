"""Is a gradient right, and where was the mistake made? What `compare` asks, and the `Comparison` that it returns.

`judge` goes from the output down: each number is compared with the truth, and with what follows from the numbers above
it; `rounding` says what a number may stand for, and `entries` the same of arrays. `ties` and `convention` are two ways
in which other numbers than ours are right as well. A `comparison` holds a `result` a node, and `report` is its table.
"""

from ..loading import LazyModule

# What needs NumPy is loaded with the first array that is judged, what shows a comparison with the first that is shown.
array_result = LazyModule(__name__, "array_result")
convention = LazyModule(__name__, "convention")
entries = LazyModule(__name__, "entries")
report = LazyModule(__name__, "report")
ties = LazyModule(__name__, "ties")
