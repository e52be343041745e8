"""The front page's judge until Python is there: it says what the comparator says, or nothing."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from handgrad.demos.web import front
from handgrad.demos.web.inside.graphs import MISTAKE
from handgrad.demos.web.packages import SOURCES
from tests.drawing import draw
from tests.optional import missing

ASKING = Path(__file__).with_name("early.mjs")
LATER = "Why, Python will tell"
SHOWN = ("verdict", "causes", "summary", "ok", "say", "why", "node")
FORMS = (
    "L.grad * f",
    "-f",
    "dL * d",
    "e.grad*b",
    "(e.grad) * a",
    "2^2",
    "1/3 * 6",
    "-(d.grad)",
    "b.data",
    "dd",
    ".5e1",
)
NEAR = (1.0005, 0.9991, 1.00000001, 1.3)


@pytest.fixture(scope="module")
def sheet():
    return front.front()


def early(sheets):
    """The answers of the script to texts, of which one is typed last."""
    node = shutil.which("node")
    if node is None:
        missing("there is no node here: apt-get install nodejs")
    given = json.dumps({"facts": front.early(), "sheets": [{"texts": texts, "node": name} for texts, name in sheets]})
    done = subprocess.run(
        [node, str(ASKING), str(SOURCES / "early.js")], input=given, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def late(sheet, texts, name):
    """Python's answer to the same."""
    sheet.marks.restore({**texts, name: MISTAKE[name]}, None, None)
    return sheet.handle({"do": "fill", "node": name, "text": texts[name]})


def differences(sheet, sheets):
    """Where the two say another thing, and how many the script left to Python, or their reason."""
    found, left = [], 0
    for (texts, name), answer in zip(sheets, early(sheets)):
        if answer is None:
            left += 1
            continue
        said = late(sheet, texts, name)
        wanted = json.loads(json.dumps({part: said.get(part) for part in SHOWN}))
        got = {part: answer.get(part) for part in SHOWN}
        if LATER in json.dumps(got):
            left += 1
            for id_, entry in got["verdict"].items():
                if entry["slip"] and LATER in entry["slip"]:
                    entry["slip"] = wanted["verdict"][id_]["slip"]
            got["why"] = wanted["why"]
        if got != wanted:
            found.append((texts, name, got, wanted))
    return found, left


def one_changed(sheet):
    """One answer of those that stand there, or of those that are right, is typed again."""
    for base in (MISTAKE, front.FIXED):
        for name in MISTAKE:
            numbers = front.typed_numbers(sheet)
            texts = [*(f"{number:g}" for number in numbers), *(f"{number:.2f}" for number in numbers)]
            texts += FORMS if name in "abc" else ()  # elsewhere some would go round in a circle
            yield from (({**base, name: text}, name) for text in texts)


def drawn(sheet, seed, count):
    """Several are changed, rounded or left blank."""
    rng = random.Random(seed)
    numbers = front.typed_numbers(sheet)
    for _ in range(count):
        texts = dict(rng.choice((MISTAKE, front.FIXED)))
        for name in rng.sample(list(texts), rng.randint(1, 4)):
            number = f"{rng.choice(numbers) * rng.choice(NEAR):.{rng.randint(1, 6)}f}"
            texts[name] = rng.choice(("", number, number, f"{rng.choice(numbers):g}", rng.choice(FORMS)))
        filled = [name for name, text in texts.items() if text]
        yield texts, rng.choice(filled or ["L"])


@pytest.mark.rest
def test_of_every_number_a_person_may_type_the_script_says_what_the_comparator_says(sheet, request):
    sheets = list(one_changed(sheet))
    assert len(sheets) > 1500
    found, left = differences(sheet, draw(request, sheets, 150))
    assert found == []
    assert left == 0


@pytest.mark.rest
def test_where_several_are_changed_or_blank_it_says_the_same_or_leaves_it_to_python(sheet):
    sheets = [(texts, name) for texts, name in drawn(sheet, 7, 400) if texts[name]]
    found, left = differences(sheet, sheets)
    assert found == []
    assert left < len(sheets)


def test_what_it_does_not_understand_it_leaves_to_python():
    texts = ("d.grad = 2", "import os", "2,5", "1/0", "x", "exp(1)", "L", "(2", "2 2", "007", "d.grad.data", "a.T")
    answers = early([({**MISTAKE, "c": text}, "c") for text in texts])
    assert dict(zip(texts, answers))["L"]["verdict"]["c"]["status"] == "wrong"
    assert [text for text, answer in zip(texts, answers) if answer is not None] == ["L"]
