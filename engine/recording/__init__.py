"""A recorded graph, run again with other numbers in its leaves: one set of them or a batch, at NumPy's speed.

`replay(root, inputs=[...])` makes a `Recording` (`recording.py`). It reads what it is called with (`call_data.py`) and
runs the graph in one of two ways: level by level in NumPy where many nodes stand side by side (`terms.py` and
`plan.py`), node by node where few do or some hold arrays (`tape.py`).
"""
