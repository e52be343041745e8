"""The demos that print tables and draw pictures, run as a person runs them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from demos import find_the_bug, quickstart
from demos.cli import main


def test_handgrad_demo_shows_both_mistakes_and_draws_them_and_then_the_mended_graph(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["demo", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "Mend first: d, a." in result.output
    assert "All correct: 7 nodes." in result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "quickstart.png", "quickstart.svg", "quickstart_mended.png", "quickstart_mended.svg",
    ]  # fmt: skip
    red, green = (tmp_path / "out" / f"{name}.svg" for name in ("quickstart", "quickstart_mended"))
    assert 'stroke="red"' in red.read_text("utf-8")
    assert 'stroke="red"' not in green.read_text("utf-8")
    assert (tmp_path / "out" / "quickstart.png").read_bytes().startswith(b"\x89PNG")


def test_find_the_bug_points_at_the_wrong_rule_and_at_the_forgotten_plus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    find_the_bug.main(tmp_path)
    text = capsys.readouterr().out
    assert "Mend first: h2, h1." in text
    assert "h: the use in left is not added." in text
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_the_quickstart_runs_as_a_module_function(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quickstart.main(tmp_path)
    assert "L = (a*b + c)*f" in capsys.readouterr().out
