"""What stands in the DOT text of a picture."""

from __future__ import annotations

import re

import graphviz


def cards(drawn: graphviz.Digraph) -> dict[str, str]:
    """The lines of a picture's cards, by the names of their nodes."""
    lines = [line for line in drawn.source.splitlines() if re.match(r"\tn\d+ \[", line)]
    return {re.search(r'tooltip="?(.*?)"?\]$', line)[1]: line for line in lines}


def attributes(line: str) -> str:
    """A line without what stands on its card."""
    return re.sub(r"label=<.*>(?= penwidth)", "", line)


def attribute(line: str, name: str) -> str:
    found = re.search(rf'[ \[]{name}="?([^"\s\]]*)', attributes(line))
    return found[1] if found else ""


def said(line: str) -> str:
    """The words of a line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", line))


def edges(drawn: graphviz.Digraph) -> set[tuple[str, str]]:
    return set(re.findall(r"(\w+) -> (\w+)", drawn.source))


def discs(drawn: graphviz.Digraph) -> list[str]:
    """The operations by their names."""
    return re.findall(r'^\to\d+ \[.*tooltip="?([^"\] ]*)', drawn.source, re.M)
