"""What the README says that its own snippets do not show. The snippets run as doctests."""

import re
import runpy
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from click import Context

from handgrad import compare
from handgrad.demos import quickstart
from handgrad.demos.cli import command_names, main
from handgrad.demos.katas.course import COURSE, Course
from tests.operations import BUILT_IN

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
OPERATIONS = (ROOT / "demos/docs/pages/reference/operations.md").read_text("utf-8")


def test_the_table_of_operations_says_what_the_operations_say() -> None:
    rows = re.findall(r"^\| `[^`]+` \| (.+) \|$", OPERATIONS, re.MULTILINE)
    assert rows == [", ".join(operation.rule) for operation in BUILT_IN]


def test_the_picture_is_the_one_that_the_project_draws_today() -> None:
    picture = (ROOT / "demos" / "quickstart.svg").read_text("utf-8")
    nodes = quickstart.build()
    quickstart.fill_with_mistakes(nodes)
    words = {word for cause in compare(nodes["L"]).causes for word in cause.slip.message.split()}
    shown = " ".join(re.findall(r">([^<>]+)</text>", picture)).replace("&#39;", "'").replace("&#45;", "-")
    assert words <= set(shown.split())
    assert 'stroke="red"' in picture


DOCUMENTS = {
    place: place.read_text("utf-8")
    for place in [ROOT / "README.md", ROOT / ".github/CONTRIBUTING.md", *(ROOT / "demos").rglob("*.md")]
    if "course" not in place.parts
}
COMMAND = re.compile(
    r"(?:^ {4}(?:\$ )?|^\$ |^|`|&& )handgrad ([a-z]+)(?: ([^`\n]*?))?(?:`| +#| > | && |$)", re.MULTILINE
)
SHOWN = {(name, words) for text in DOCUMENTS.values() for name, words in COMMAND.findall(text)}


@pytest.mark.rest
def test_every_command_that_a_document_shows_has_the_options_it_is_shown_with() -> None:
    names = {name for name, words in SHOWN if name in command_names()}
    assert {"start", "practice", "sheet", "site", "debug", "grade", "verify", "nudge"} <= names
    shown = [(name, words) for name, words in SHOWN if name in names]
    assert len(shown) > 60
    for name, words in shown:
        command = main.get_command(Context(main), name)
        command.make_parser(Context(command)).parse_args(shlex.split(words))


def test_every_command_of_the_readme_exists() -> None:
    assert {name for name, _ in COMMAND.findall(README)} <= set(command_names())


def test_every_program_and_target_that_a_document_names_exists() -> None:
    text = "\n".join(DOCUMENTS.values())
    programs = set(re.findall(r"python -m ((?:handgrad|tests)(?:\.\w+)*)", text))
    programs |= {f"handgrad.demos.{name}" for name in re.findall(r"`\.\.\.demos\.(\w+)", text)}
    assert len(programs) > 5
    assert [name for name in programs if find_spec(name) is None] == []
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


def test_the_course_is_as_long_as_the_documents_say() -> None:
    course = Course(COURSE)
    numbers = {"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
    said = set()
    for place in ("README.md", "CHANGELOG.md", "demos/docs/pages/tutorial/course.md"):
        text = " ".join((ROOT / place).read_text("utf-8").split())
        said |= {(int(katas), numbers[belts]) for katas, belts in re.findall(r"(\d+) katas in (\w+) belts", text)}
        assert re.search(r"\d+ katas in \w+ belts", text), place
    assert said == {(len(course.katas), len(course.belts))}


def test_the_readme_is_short_and_its_links_lead_to_files() -> None:
    assert len(README.splitlines()) < 120
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert len(links) > 10
    for link in links:
        assert (ROOT / link).is_file(), link


def test_the_description_on_pypi_has_no_link_that_needs_the_repository_beside_it() -> None:
    setup = runpy.run_path(str(ROOT / "setup.py"))
    described = setup["LINK"].sub(setup["absolute"], README)
    targets = re.findall(r"\]\(([^)]+)\)", described)
    assert all(target.startswith("https://") for target in targets)
    assert f"]({setup['REPOSITORY']}/raw/main/demos/quickstart_walk.svg)" in described
    assert f"]({setup['REPOSITORY']}/blob/main/demos/grading/README.md)" in described
