"""The course as it lies in its folders: adding a folder adds the kata, there is no other list."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from handgrad import HandgradError
from handgrad.viz.unpacking import find_text

COURSE = find_text(Path(__file__).with_name("course"))
OWN_BELT = "own"
"""The belt of a kata that lies in no belt's folder."""

_NUMBERED = re.compile(r"\d+_(.+)")
_OLD_NUMBERS = {
    "white": 1, "yellow": 2, "green": 3, "blue": 4, "brown": 5, "arrays": 6, "black": 6, "gpt": 7,
    "time_and_space": 8, "kernels": 9, "red_pen": 9,
}  # fmt: skip
"""Of each belt's folder, the number that it had before each had one of its own."""


class KataNotFoundError(HandgradError, LookupError):
    """No kata, or more than one, has the name that was given."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name = name
        beginning = [kata for kata in known if name and kata.startswith(name)]
        self.possibilities = difflib.get_close_matches(name, known, cutoff=0.7) or beginning[:3]
        meant = f" Did you mean {' or '.join(self.possibilities)}?" if self.possibilities else ""
        super().__init__(f"there is no kata '{name}'.{meant} See them all with: handgrad list")


class CourseError(HandgradError):
    """A folder holds no katas, or two of one name."""


@dataclass(frozen=True)
class Kata:
    """One exercise, everything about which lies in one folder.

    Attributes:
        folder: where it lies in the course.
        place: the same, relative to the course and with "/": where a workspace has it too.
        belt: "white", from the folder above it; `OWN_BELT` where there is none.
    """

    folder: Path
    place: str
    belt: str

    @property
    def name(self) -> str:
        """What it is called on the command line: the folder's name without its number."""
        return plain_name(self.folder.name)

    @property
    def file_name(self) -> str:
        """The one file that the learner edits."""
        return f"{self.name}.py"

    @property
    def file_place(self) -> str:
        """The same, relative to a workspace and with "/"."""
        return f"{self.place}/{self.file_name}"

    @property
    def old_place(self) -> str:
        """Its place before the folders of belts were renumbered."""
        belt, slash, rest = self.place.partition("/")
        name = plain_name(belt)
        return f"{_OLD_NUMBERS[name]}_{name}/{rest}" if slash and name in _OLD_NUMBERS else self.place

    @property
    def stub(self) -> Path:
        return self.folder / self.file_name

    @property
    def test(self) -> Path:
        return self.folder / f"test_{self.file_name}"

    @property
    def solution(self) -> Path:
        return self.folder / "solution.py"

    @property
    def has_solution(self) -> bool:
        """Whether the solution is there: a course that was handed out has none."""
        return self.solution.is_file()

    @property
    def no_solution(self) -> str:
        """What is said where one is asked for, and there is none."""
        return f"{self.name} was handed out without a solution. Whoever gave you the course has it."

    @property
    def builder(self) -> Path:
        """The program to run its tests on to see what they ask: the solution, or the stub."""
        return self.solution if self.has_solution else self.stub

    @property
    def statement(self) -> str:
        return (self.folder / "kata.md").read_text(encoding="utf-8")

    @property
    def handout_files(self) -> tuple[Path, ...]:
        """The files that a learner's workspace has, the one to edit first."""
        return self.stub, self.folder / "kata.md", self.test

    @cached_property
    def title(self) -> str:
        """The heading of its statement."""
        return self.statement.partition("\n")[0].lstrip("#").strip() or self.name

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """From a nudge to all but the last step."""
        text = (self.folder / "hints.md").read_text(encoding="utf-8")
        return tuple(part.strip() for part in re.split(r"(?m)^## +\d+ *$", text)[1:])

    @property
    def paper(self) -> Path:
        """The file of its derivation, a line at a time; most katas have none."""
        return self.folder / "paper.toml"

    @property
    def wrong(self) -> Path:
        """The file of its typical wrong answers, as edits of the solution."""
        return self.folder / "wrong.toml"


class Course:
    """Katas in order.

    Attributes:
        folder: where they lie.
        katas: at least one, belt after belt.
    """

    def __init__(self, folder: Path = COURSE) -> None:
        """Read a course, a belt or a single kata's folder.

        Raises:
            CourseError: there is no kata in it, or two have one name.
        """
        self.folder = folder
        self.katas = tuple(_katas(folder))
        if not self.katas:
            raise CourseError(f"{folder} holds no kata (a folder with a kata.md). Make one with: handgrad new NAME")
        self._by_name = {kata.name: kata for kata in self.katas}
        if len(self._by_name) < len(self.katas):
            names = [kata.name for kata in self.katas]
            twice = next(name for name in names if names.count(name) > 1)
            places = " and ".join(kata.place for kata in self.katas if kata.name == twice)
            raise CourseError(f"two katas are called '{twice}': {places}. Rename the folder and files of one.")

    def __getitem__(self, name: str) -> Kata:
        """Return the kata by name, file name, path or number in the list.

        Raises:
            KataNotFoundError: there is none.

        Example:
            >>> {Course()[name].name for name in ("slope", "slope.py", "01_white/01_slope", "1")}
            {'slope'}
        """
        if name.isdecimal() and 1 <= int(name) <= len(self.katas):
            return self.katas[int(name) - 1]
        plain = plain_name(name.replace("\\", "/").rstrip("/").rpartition("/")[2])
        plain = plain.removesuffix(".py").removeprefix("test_").lower().replace("-", "_")
        if plain not in self._by_name:
            raise KataNotFoundError(name, list(self._by_name))
        return self._by_name[plain]

    @property
    def belts(self) -> dict[str, list[Kata]]:
        """The katas of each belt, in order."""
        belts: dict[str, list[Kata]] = {}
        for kata in self.katas:
            belts.setdefault(kata.belt, []).append(kata)
        return belts

    def files(self, *, hints: bool = True) -> Iterator[tuple[str, Path]]:
        """Yield what a learner may have of the course: texts, stubs and tests, no answers."""
        for belt, file in self.readmes.items():
            yield f"{self.belts[belt][0].place.rpartition('/')[0]}/{file.name}", file
        for kata in self.katas:
            for source in (*kata.handout_files, *([kata.folder / "hints.md"] if hints else [])):
                yield f"{kata.place}/{source.name}", source

    @property
    def readmes(self) -> dict[str, Path]:
        """The README.md of each belt that has one: a title and a paragraph."""
        files = {kata.belt: kata.folder.parent / "README.md" for kata in self.katas if kata.belt != OWN_BELT}
        return {belt: file for belt, file in files.items() if file.is_file()}


def plain_name(folder_name: str) -> str:
    """Return a folder's name without the number that gives its place."""
    numbered = _NUMBERED.fullmatch(folder_name)
    return numbered[1] if numbered else folder_name


def _katas(folder: Path) -> list[Kata]:
    if _is_kata(folder):
        resolved = folder.resolve()
        return [Kata(resolved, resolved.name, OWN_BELT)]
    found = []
    for inner in subfolders(folder):
        if _is_kata(inner):
            found.append(Kata(inner, inner.name, OWN_BELT))
            continue
        belt = plain_name(inner.name).replace("_", " ")
        found.extend(Kata(kata, f"{inner.name}/{kata.name}", belt) for kata in subfolders(inner) if _is_kata(kata))
    return found


def _is_kata(folder: Path) -> bool:
    return (folder / "kata.md").is_file()


def subfolders(folder: Path) -> list[Path]:
    """Return the visible folders in a folder by name, without Python's own."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))
