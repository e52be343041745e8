"""Text keeps within its box in an SVG, whatever font stands in for Helvetica."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

from handgrad import compare, viz
from handgrad.viz import theme
from handgrad.viz.fonts import text_width
from handgrad.viz.renderer import embedded_renderer

from .graphs import TWO_MISTAKES, lecture

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.mark.parametrize("bold", [False, True])
def test_the_widths_are_those_that_the_layout_measures(bold):
    texts = [f"A{chr(code)}A" for code in range(33, 127)] + ["A A", "n\u00f6n\u00f6 \u2212 \u540d"]
    labels = ["".join(f"&#{ord(c)};" for c in text) for text in texts]
    nodes = "".join(f"n{i} [label=<{f'<B>{s}</B>' if bold else s}>]\n" for i, s in enumerate(labels))
    source = f"digraph {{ node [fontname={theme.FONT}, fontsize=100]\n{nodes} }}"
    laid_out = subprocess.run([embedded_renderer(), "-Txdot"], input=source.encode(), capture_output=True, check=True)
    drawn = laid_out.stdout.decode().replace("\\\n", "")
    measured = [float(width) for width in re.findall(r"T [-\d.e+]+ [-\d.e+]+ -?\d ([\d.e+]+) \d+ -", drawn)]
    assert measured == pytest.approx([text_width(text, 100, bold=bold) for text in texts], rel=1e-3)


def test_every_text_of_a_file_and_of_a_notebook_has_the_width_of_its_layout(tmp_path):
    comparison = compare(lecture(TWO_MISTAKES))
    drawn = viz.draw(comparison, reveal=True, derivatives=True)
    saved = viz.save(drawn, tmp_path / "a.svg").read_text("utf-8")
    for svg in (saved, drawn._repr_mimebundle_()["image/svg+xml"], drawn.pipe(format="svg").decode()):
        texts = list(ET.fromstring(svg.encode()).iter(TEXT))
        assert len(texts) > 50
        for text in texts:
            assert text.get("font-family") == theme.FONTS
            if len(text.text) == 1:
                assert text.get("text-anchor") == "middle"
                continue
            bold = text.get("font-weight") == "bold"
            width = text_width(text.text, float(text.get("font-size")), bold=bold)
            assert float(text.get("textLength")) == pytest.approx(width, abs=0.01)
            assert text.get("lengthAdjust") == "spacingAndGlyphs"
