"""Two bugs in a small network are found."""

from pathlib import Path

import pytest

from handgrad.demos import find_the_bug


@pytest.mark.rest
def test_find_the_bug_points_at_the_wrong_rule_and_at_the_forgotten_plus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    find_the_bug.main(tmp_path)
    text = capsys.readouterr().out
    assert "Fix first: h2, h1." in text
    assert "h: you left out the contribution from left;" in text
    assert len(list(tmp_path.glob("*.png"))) == 2
