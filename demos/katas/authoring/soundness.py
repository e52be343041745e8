"""Whether a kata is sound, or what is not as it must be."""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..course import Kata
from ..judging.isolate import run as run_isolated
from ..judging.judge import Run, judge
from ..judging.verdict import Verdict
from .making import name_problem

FEWEST_WRONG = 3
HINTS = 3
_CLAIM = re.compile(r"# (slip|says): (.+)")


def problems(kata: Kata, run: Run = run_isolated) -> Iterator[str]:
    """What is not as it must be, a sentence each; nothing for a sound kata.

    A stub fails by an assertion, a solution passes, each of at least three wrong answers fails
    with the slip or the words that its first line claims, and so does the solution with every
    `+=` turned into `=`: then the inputs of the tests tell them apart.
    """
    problem = name_problem(kata.name)
    if problem:
        yield problem
    missing = [source for source in (*kata.handed_out, kata.solution, kata.folder / "hints.md") if not source.is_file()]
    if missing:
        yield f"missing: {', '.join(path.name for path in missing)}."
        return
    yield from _stray(kata)
    yield from _texts(kata)
    yield from _stub(kata, judge(kata, kata.stub, run=run))
    found = judge(kata, kata.solution, run=run)
    if not found.ok:
        yield f"solution.py does not pass: {found.status}: {found.message}"
    if len(kata.wrong_answers) < FEWEST_WRONG:
        yield f"wrong/ holds {len(kata.wrong_answers)} wrong answers; write at least {FEWEST_WRONG}."
    for answer in kata.wrong_answers:
        yield from _wrong(answer, judge(kata, answer, run=run))
    yield from _mutated(kata, run)


def _stray(kata: Kata) -> Iterator[str]:
    known = {*kata.handed_out, kata.solution, kata.folder / "hints.md", *kata.wrong_answers}
    for path in sorted(kata.folder.rglob("*")):
        if path.is_file() and path not in known and not {"__pycache__", ".pytest_cache"}.intersection(path.parts):
            yield f"stray file: {path.relative_to(kata.folder).as_posix()}."


def _texts(kata: Kata) -> Iterator[str]:
    if not kata.statement.startswith("# "):
        yield "kata.md must begin with a line '# Title'."
    if len(kata.hints) != HINTS or not all(kata.hints):
        yield f"hints.md must hold {HINTS} hints, under '## 1', '## 2' and '## 3'."
    stub = kata.stub.read_text(encoding="utf-8")
    if stub.count("TODO") != 1:
        yield f"{kata.file_name} must hold one TODO; it has {stub.count('TODO')}."
    if ast.get_docstring(ast.parse(stub)) is None:
        yield f"{kata.file_name} must begin with a docstring, the specification."
    if "TODO" in kata.solution.read_text(encoding="utf-8"):
        yield "solution.py still holds a TODO."


def _stub(kata: Kata, found: Verdict) -> Iterator[str]:
    if found.ok:
        yield f"{kata.file_name} passes as it is handed out."
    for failure in found.failures:
        if failure.status != "failed":
            yield f"{kata.file_name} fails in {failure.test} by an error, not by an assertion: {failure.message}"
            return
    if not found.ok and (not found.failures or len(found.message) < 20):
        yield f"{kata.file_name} fails without a message that helps: {found.message!r}."


def _wrong(answer: Path, found: Verdict) -> Iterator[str]:
    name = f"wrong/{answer.name}"
    claim = _CLAIM.match(answer.read_text(encoding="utf-8"))
    if claim is None:
        yield f"{name} must begin with '# slip: KIND' or '# says: some text of the failure'."
        return
    if found.ok:
        yield f"{name} passes: the inputs of the tests do not tell it from the solution."
        return
    kind, text = claim[1], claim[2].strip()
    said = "\n".join([found.message, *(failure.message for failure in found.failures)])
    if kind == "slip" and text not in found.slips:
        yield f"{name} shows the slips {list(found.slips)}, not '{text}'. {found.message}"
    if kind == "says" and " ".join(text.split()) not in " ".join(said.split()):
        yield f"{name} does not say '{text}' but: {found.message}"


class _AddingToAssigning(ast.NodeTransformer):
    """Every `x += y` as `x = y`."""

    def __init__(self) -> None:
        self.count = 0

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.op, ast.Add):
            return node
        self.count += 1
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def _mutated(kata: Kata, run: Run) -> Iterator[str]:
    mutation = _AddingToAssigning()
    tree = mutation.visit(ast.parse(kata.solution.read_text(encoding="utf-8")))
    if not mutation.count:
        return
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        answer = Path(folder) / kata.file_name
        answer.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        if judge(kata, answer, 2.0, run=run).ok:
            yield "the solution passes with every += turned into =: no test adds two contributions up."
