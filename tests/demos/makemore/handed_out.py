"""What the exercise hands out."""

from __future__ import annotations

from pathlib import Path

import handgrad.demos.makemore
from handgrad.demos.makemore import model
from tests.demos.worksheets.texts import forward_lines

HERE = Path(handgrad.demos.makemore.__file__).parent
SOLUTION = HERE / "solution.py"
FORWARD_LINES = forward_lines(model.forward, 'emb = p["C"][Xb]', "loss = -logprobs[range(n), Yb].mean()")
