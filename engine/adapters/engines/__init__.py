"""Graphs of somebody else's engine, checked as they stand.

`probe` (`probing.py`) reads the graph (`theirs.py`, by `reading.py` and `rules.py`), finds out what each operation
truly is (`operations.py`), asks each rule alone (`asking.py`, `calling.py`) on copies (`copying.py`, `leaves.py`,
`making.py`), names what is wrong by the one diagnosis (`naming.py`, `faults.py`) and finds its line (`placing.py`,
`lines.py`). The walk of their backward() is tried on a copy (`walking.py`, `backward.py`), and what stood in the
gradients is told apart (`standing.py`). Whatever their code does on the way is undone (`keeping.py`).
"""
