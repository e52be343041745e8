"""The page's own Python and this one: the same messages have the same answers, and katas the same verdicts."""

import contextlib
import json
import math
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.web import packages
from handgrad.demos.web.content import needs_numpy
from handgrad.demos.web.inside.judged import report
from handgrad.demos.web.inside.session import Session
from handgrad.viz.sheet.layout import lay_out_with_graphviz
from tests.demos.judged import compared_answers
from tests.drawing import selected_cases

pytestmark = pytest.mark.rest

MESSAGES = [
    {"do": "open"},
    {"do": "fill", "node": "L", "text": "1"},
    {"do": "fill", "node": "d", "text": "2"},
    {"do": "fill", "node": "e", "text": "d.grad"},
    {"do": "fill", "node": "f", "text": "1 +"},
    {"do": "hint", "node": "f"},
    {"do": "reveal", "node": "a"},
    {"do": "steps"},
    {"do": "ask", "step": 1},
    {"do": "predict", "step": 1, "text": "f"},
    {"do": "reset"},
    {"do": "open", "sheet": "kata/neuron", "mode": "watch"},
    {"do": "open", "sheet": "drill/4/31/2", "narrow": True},
    {"do": "steps", "sheet": "drill/4/31/2"},
    {"do": "program", "text": "h = tanh(w*x + b); L = (h - y)**2; x = 0.5"},
    {"do": "open", "sheet": "own/h = tanh(w*x + b); L = (h - y)**2; x = 0.5"},
    {"do": "open", "sheet": "softmax/steps"},
    {"do": "steps", "sheet": "softmax/fused"},
    {"do": "program", "text": "L = a b"},
    {"do": "solution", "kata": "add", "passed": ["add"]},
    {"do": "slips", "kata": "hinge"},
    {"do": "ended", "kata": "add", "text": "", "how": "timeout"},
    {"do": "open", "sheet": "nothing"},
    {"do": "?"},
    None,
]


COURSE = Course()
LECTURE = "lecture", COURSE["lecture"].solution.read_text("utf-8")


def answers():
    """Of each kata that a page judges without a network, the solution and a wrong answer, and of some the stub."""
    for place, kata in enumerate(kata for kata in COURSE.katas if not needs_numpy(kata)):
        yield kata.name, kata.solution.read_text("utf-8")
        yield kata.name, compared_answers()[kata.name]
        if place % 4 == 0:
            yield kata.name, kata.stub.read_text("utf-8")


@pytest.fixture(scope="module")
def both(request, built, judged_once):
    """What this Python and the page's answer: replies, verdicts by answer, and layouts of each."""
    asked = dict.fromkeys([LECTURE, *selected_cases(request, "answer")])
    return asked_of_both(list(asked), built, judged_once)


def asked_of_both(answers, built, run):
    layouts = {}

    def layout(dot):
        return layouts.setdefault(dot, lay_out_with_graphviz(dot))

    session = Session(COURSE, layout)
    replies = [json.loads(session.answer(json.dumps(message))) for message in MESSAGES]
    each = [{"do": "judge", "kata": kata, "text": text, "passed": []} for kata, text in answers]
    asked = {"layouts": layouts, "messages": MESSAGES, "each": each}
    with tempfile.TemporaryDirectory() as folder, asking_node(asked, built) as answered:
        verdicts, file = [], Path(folder) / "answer.py"
        for kata, text in answers:
            file.write_text(text, encoding="utf-8")
            verdicts.append(json.loads(json.dumps(report(judge(COURSE[kata], file, run=run)))))
        found = answered()
    here = replies, dict(zip(answers, verdicts)), list(layouts.values())
    return here, (found["replies"], dict(zip(answers, found["each"])), found["drawn"])


@contextlib.contextmanager
def asking_node(asked, built):
    """Have the page's Python asked beside what this process does; gives a function that waits for the answers."""
    node, npm = packages._programs()
    with tempfile.TemporaryDirectory(dir=packages._install(npm), prefix="build-") as folder:
        place = Path(folder)
        for name in ("library.zip", "standard.zip"):
            (place / name).write_bytes(built[1][name])
        shutil.copyfile(Path(__file__).with_name("asked.mjs"), place / "asked.mjs")
        (place / "in.json").write_text(json.dumps({"parts": folder, **asked}))
        with (place / "said").open("w") as said:
            process = subprocess.Popen([*node, "asked.mjs", "in.json", "out.json"], cwd=place, stdout=said, stderr=said)

            def answered():
                status = process.wait()
                assert status == 0, (place / "said").read_text()[-3000:]
                return json.loads((place / "out.json").read_text())

            try:
                yield answered
            finally:
                process.kill()
                process.wait()


def nearly(here, there):
    """Whether two JSON values are the same, numbers up to the last digits that a math library may round another way."""
    if isinstance(here, dict) and isinstance(there, dict):
        return here.keys() == there.keys() and all(nearly(here[name], there[name]) for name in here)
    if isinstance(here, list) and isinstance(there, list):
        return len(here) == len(there) and all(map(nearly, here, there))
    if isinstance(here, float) or isinstance(there, float):
        return isinstance(there, (int, float)) and math.isclose(here, there, rel_tol=1e-12, abs_tol=1e-15)
    return here == there


PROCESS = dict.fromkeys(("key", "run", "version"))
"""What tells a sheet from that of another process: a digest of all digits, what it is called, a count of changes."""

CLOCK = dict.fromkeys(("message", "lines"))
"""What is said of an answer that was stopped: only a process that counts its own work asks whether it waited."""


def test_the_same_messages_have_the_same_answers(both):
    (here, _, _), (there, _, _) = both
    for message, one, other in zip(MESSAGES, here, there):
        assert one.keys() == other.keys(), message
        alike = {**PROCESS, **CLOCK} if one.get("status") == "timeout" else PROCESS
        states = [{**reply["state"], **PROCESS} if "state" in reply else None for reply in (one, other)]
        one, other = ({**reply, **alike, "state": state} for reply, state in zip((one, other), states))
        assert nearly(one, other), message


@pytest.mark.drawn(0, by=lambda answer: COURSE[answer[0]].belt, files=lambda answer: [COURSE[answer[0]].folder], rest=2)
@pytest.mark.parametrize("answer", list(answers()), ids=lambda answer: answer[0])
def test_an_answer_to_a_kata_has_the_commands_verdict(answer, both):
    here, there = (verdicts[answer] for _, verdicts, _ in both)
    of_page_alone = {"filled": None, "milestone": ""}  # the command draws these, and counts what has passed
    assert {**here, **of_page_alone} == {**there, **of_page_alone}
    assert not here["filled"] or nearly(here["filled"], there["filled"])


def test_every_kata_without_numpy_is_judged_in_the_page():
    assert len({kata for kata, _ in answers()}) >= 33


def test_what_a_solution_filled_in_comes_along_for_its_sheet(both):
    (_, verdicts, _) = both[1]
    assert all(node["actual"] is not None for node in verdicts[LECTURE]["filled"])


def test_the_pages_graphviz_finds_the_places_that_ours_does(both):
    for ours, theirs in zip(both[0][2], both[1][2]):
        places = [
            {word[1]: list(map(float, word[2:4])) for word in map(str.split, text.splitlines()) if word[0] == "node"}
            for text in (ours, theirs)
        ]
        assert places[0].keys() == places[1].keys()
        assert all(places[0][name] == pytest.approx(places[1][name], abs=0.05) for name in places[0])
