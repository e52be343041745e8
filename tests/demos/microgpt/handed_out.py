"""What the exercise hands out."""

from __future__ import annotations

from pathlib import Path

import handgrad.demos.microgpt
from handgrad.demos.microgpt import model
from tests.demos.worksheets.texts import forward_lines

HERE = Path(handgrad.demos.microgpt.__file__).parent
SOLUTION = HERE / "solution.py"
FORWARD_LINES = forward_lines(
    model.forward, 'tok = p["wte"][tokens]', "loss = -np.log(probs[range(T), targets]).mean()"
)
