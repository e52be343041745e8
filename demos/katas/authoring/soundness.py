"""Whether a kata is sound, or what is not as it must be."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..course import Kata
from ..judging import isolate
from ..judging.job import tells
from ..judging.judge import Run, judge
from ..judging.temporary import temporary_folder
from ..judging.verdict import Verdict
from ..wrong import WrongAnswersError, read_planted, wrong_answers
from .new_kata import name_problem
from .rivals import RIVALS
from .universal import CALLED, KINDS, NUMBERS, REPLACED, SEVERAL

FEWEST_WRONG = 3
HINTS = 3
_SAID = "the numbers that do not follow: "


def problems(kata: Kata, run: Run = isolate.run) -> Iterator[str]:
    """Yield what is wrong with a kata, a sentence each; nothing for a sound one.

    A stub fails by an assertion, a solution passes, each of at least three wrong answers fails
    and is told what its `says` claims, and the solution with every `+=` turned into `=` fails
    too: then the inputs of the tests tell them apart, and they do any two known slips. No answer that fits
    everything passes, and the numbers of the text follow from what they are said to be.
    """
    problem = name_problem(kata.name)
    if problem:
        yield problem
    missing = [
        source for source in (*kata.handout_files, kata.solution, kata.folder / "hints.md") if not source.is_file()
    ]
    if missing:
        yield f"missing: {', '.join(path.name for path in missing)}."
        return
    yield from _stray(kata)
    yield from _texts(kata)
    yield from _stub(kata, judge(kata, kata.stub, run=run))
    found = judge(kata, kata.solution, run=run)
    if found.ok:
        told = _inspect(kata, run)
        yield from _numbers(told)
        yield from _universal(kata, told, run)
        yield from _rivals(kata, run)
    else:
        yield f"solution.py does not pass: {found.status}: {found.message}"
    yield from _wrong_answers(kata, run)
    yield from _mutate(kata, run)


def _stray(kata: Kata) -> Iterator[str]:
    known = {*kata.handout_files, kata.solution, kata.wrong, kata.paper}
    known |= {kata.folder / "hints.md", kata.folder / "picture.svg"}
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


def _wrong_answers(kata: Kata, run: Run) -> Iterator[str]:
    try:
        answers = wrong_answers(kata)
    except WrongAnswersError as error:
        yield str(error)
        return
    if len(answers) < FEWEST_WRONG:
        yield f"{kata.wrong.name} holds {len(answers)} wrong answers; write at least {FEWEST_WRONG}."
    for answer, claim in zip(answers, read_planted(kata)):
        name = f"{kata.wrong.name}: [{answer.name}]"
        found = _judge(kata, answer.text, run, until=claim.says)
        told = "\n".join([found.message, *(failure.message for failure in found.failures)])
        if found.ok:
            yield f"{name} passes: the inputs of the tests do not tell it from the solution."
        elif not tells(told, claim.says):
            yield f"{name} is not told '{claim.says}' but: {found.message}"


def _inspect(kata: Kata, run: Run) -> str:
    """Return what the solution prints, with wrong numbers and the functions its tests call."""
    program = (
        "from handgrad.demos.katas.authoring.numbers import wrong_numbers\n"
        "from handgrad.demos.katas.authoring.universal import report_calls\n"
        f"print({_SAID!r} + repr(wrong_numbers({kata.statement!r}, dict(globals()))[:8]))\n"
    )
    program += "".join(f"report_calls(globals(), {name!r})\n" for name in _functions(kata))
    return _judge_with(kata, program, run).output


def _numbers(told: str) -> Iterator[str]:
    _, _, numbers = told.partition(_SAID)
    if numbers:
        for wrong in ast.literal_eval(numbers.splitlines()[0]):
            yield f"kata.md: {wrong}"


def _rivals(kata: Kata, run: Run) -> Iterator[str]:
    """Yield the known slips that no test of the kata tells apart."""
    program = "from handgrad.demos.katas.authoring.rivals import report_rivals\nreport_rivals()\n"
    _, _, rivals = _judge_with(kata, program, run, timeout=10.0).output.rpartition(RIVALS)
    yield from ast.literal_eval(rivals.splitlines()[0]) if rivals else ()


def _universal(kata: Kata, told: str, run: Run) -> Iterator[str]:
    for name, gives in _called_functions(kata, told).items():
        for words, kind in KINDS.items():
            if kind.is_for_several and gives != SEVERAL:
                continue
            program = (
                "from handgrad.demos.katas.authoring.universal import replace_results\n"
                f"replace_results(globals(), {name!r}, {words!r})\n"
            )
            found = _judge_with(kata, program, run, until="")
            if found.ok and REPLACED.format(name=name) in found.output:
                yield f"the tests take {words} that {name} should give: {kind.advice}."


def _called_functions(kata: Kata, told: str) -> dict[str, str]:
    """Return the functions of the solution that its tests call, and what they give."""
    return {
        name: gives
        for name in _functions(kata)
        for gives in (NUMBERS, SEVERAL)
        if CALLED.format(name=name, what=gives) in told
    }


def _functions(kata: Kata) -> list[str]:
    """Return the public functions of the solution, and dicts of such."""
    return [
        name
        for node in ast.parse(kata.solution.read_text(encoding="utf-8")).body
        for name in _functions_of(node)
        if not name.startswith("_")
    ]


def _functions_of(node: ast.stmt) -> list[str]:
    """Return the name of a function, or of a dict of functions, that a statement defines."""
    match node:
        case ast.FunctionDef(name=name):
            return [name]
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=values))
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(values=values))
        ) if values and all(isinstance(value, (ast.Lambda, ast.Name)) for value in values):
            return [name]
    return []


def _judge_with(kata: Kata, program: str, run: Run, *, until: str | None = None, timeout: float = 2.0) -> Verdict:
    """Return what becomes of the solution with some more at its end."""
    return _judge(kata, f"{kata.solution.read_text(encoding='utf-8')}\n\n{program}", run, timeout, until=until)


def _judge(kata: Kata, text: str, run: Run, timeout: float = 10.0, *, until: str | None = None) -> Verdict:
    with temporary_folder("check") as folder:
        answer = folder / kata.file_name
        answer.write_text(text, encoding="utf-8")
        return judge(kata, answer, timeout, until=until, run=run)


class _AddingToAssigning(ast.NodeTransformer):
    """Every `x += y` as `x = y`."""

    def __init__(self) -> None:
        self.count = 0

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.op, ast.Add):
            return node
        self.count += 1
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def _mutate(kata: Kata, run: Run) -> Iterator[str]:
    mutation = _AddingToAssigning()
    tree = mutation.visit(ast.parse(kata.solution.read_text(encoding="utf-8")))
    if not mutation.count:
        return
    if _judge(kata, ast.unparse(ast.fix_missing_locations(tree)), run, 2.0, until="").ok:
        yield "the solution passes with every += turned into =: no test adds two contributions up."
