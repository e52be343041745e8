"""A worksheet as a learner has it: loaded, and its functions called."""

from __future__ import annotations

import pytest

from handgrad.demos.makemore.checking import COURSE
from handgrad.demos.worksheets.running import Worksheet, WorksheetError


def test_a_worksheet_that_is_not_there_or_cannot_be_run_is_said(tmp_path):
    with pytest.raises(WorksheetError, match="There is no file"):
        Worksheet(tmp_path / "nothing.py", COURSE.start)
    broken = tmp_path / "broken.py"
    broken.write_text("def every_step(x)\n", encoding="utf-8")
    with pytest.raises(WorksheetError, match="SyntaxError"):
        Worksheet(broken, COURSE.start)
