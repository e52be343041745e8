"""The figures of speed that the documents state are those of the benchmarks."""

import re
from pathlib import Path

from tests.bench.__main__ import MICROGRAD, ROW, moons_row

ROOT = Path(__file__).parent.parent
BENCHMARKS = (ROOT / "demos/docs/pages/ideas/benchmarks.md").read_text("utf-8")


def test_the_page_on_micrograd_states_what_the_benchmarks_measured():
    text = (ROOT / MICROGRAD).read_text("utf-8")
    assert ROW.findall(text) == [moons_row(BENCHMARKS)]


def test_the_readme_states_no_figure_of_speed_of_its_own():
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"\d+(?:\.\d+)? (?:times (?:faster|as fast)|ms\b|x faster)", text) == []
