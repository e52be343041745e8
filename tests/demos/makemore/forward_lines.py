"""The forward pass of the exercise as its worksheets show it."""

import inspect
import re

from handgrad.demos.makemore import model


def forward_lines() -> list[str]:
    """Each of its lines, without what it says of shapes, the parameters by their names."""
    lines = [line.partition("#")[0].strip() for line in inspect.getsource(model.forward).splitlines()]
    steps = lines[lines.index("n = len(Yb)") + 1 : lines.index("loss = -logprobs[range(n), Yb].mean()") + 1]
    return [re.sub(r'p\["(\w+)"\]', r"\1", step) for step in steps if step]
