"""Set the version, and bring in line with it all that states it or says how to install.

    python .ci/release.py 0.3.0          before the tag of a release
    python .ci/release.py 0.4.0.dev0     after it
    python .ci/release.py --check        say what is out of line with setup.cfg; exit status 1 if anything is

Between releases what one types to install takes the repository, as PyPI has other code, or none.
"""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
_VERSION = re.compile(r"(?m)^(version = )(.+)$")
_COMMANDS = r"(?:pip|pipx|uv tool) install (?:-[qU] )?(?:[a-z-]+ )*?"
_SHOWN = {".md", ".js", ".html", ".ipynb"}


def main(arguments: list[str]) -> int:
    """Set the version that is given, or check the one that is set."""
    if len(arguments) != 1 or not re.fullmatch(r"--check|\d+\.\d+\.\d+(\.dev\d+)?", arguments[0]):
        print(__doc__, file=sys.stderr)
        return 2
    setup = (ROOT / "setup.cfg").read_text("utf-8")
    version = _VERSION.search(setup)[2] if arguments == ["--check"] else arguments[0]
    changed = [(file, text) for file, text in rewritten(ROOT, version) if text != file.read_text("utf-8")]
    for file, text in changed:
        print(file.relative_to(ROOT).as_posix())
        if arguments != ["--check"]:
            file.write_text(text, "utf-8", newline="\n")
    return int(bool(changed) and arguments == ["--check"])


def rewritten(root: Path, version: str, today: datetime.date | None = None) -> Iterator[tuple[Path, str]]:
    """Yield each file that states the version or how to install, with the text that it should have."""
    base, _, is_between = version.partition(".dev")
    date = str(today or datetime.date.today())
    of_files: dict[str, Callable[[str], str]] = {
        "setup.cfg": lambda text: _VERSION.sub(rf"\g<1>{version}", text),
        ".ci/conda/recipe.yaml": lambda text: re.sub(r"(?m)^(  version: ).+$", rf"\g<1>{base}", text),
    }
    if not is_between:
        of_files["CITATION.cff"] = lambda text: _cite(text, base, date)
        of_files["CHANGELOG.md"] = lambda text: text.replace(f"## [{base}] - unreleased", f"## [{base}] - {date}")
    for name, rewrite in of_files.items():
        yield root / name, rewrite((root / name).read_text("utf-8"))
    source = "git+" + re.search(r"(?m)^    Source = (\S+)$", (root / "setup.cfg").read_text("utf-8"))[1]
    for file in _shown(root):
        yield file, _install(file.read_text("utf-8"), source if is_between else None)


def _cite(text: str, base: str, date: str) -> str:
    if f"version: {base}\n" in text:
        return text
    text = re.sub(r"(?m)^version: .+$", f"version: {base}", text)
    return re.sub(r"(?m)^date-released: .+$", f"date-released: {date}", text)


def _shown(root: Path) -> Iterator[Path]:
    yield root / "README.md"
    for file in sorted((root / "demos").rglob("*")):
        if file.suffix in _SHOWN and "node_modules" not in file.parts:
            yield file


def _install(text: str, source: str | None) -> str:
    """Return the text with its commands that install from the source, or from PyPI where it is None."""
    text = re.sub(rf"({_COMMANDS})git\+https://\S+/handgrad\b", r"\1handgrad", text)
    text = re.sub(r"'handgrad(\[\w+\]) @ git\+\S+?'", r"'handgrad\1'", text)
    text = re.sub(r"uvx --from git\+\S+ handgrad", "uvx handgrad", text)
    text = re.sub(r"(?m)^- handgrad @ git\+\S+$", "- handgrad", text)
    if source is None:
        return text
    text = re.sub(rf"({_COMMANDS})handgrad\b(?!\[)", rf"\1{source}", text)
    text = re.sub(rf"({_COMMANDS})'handgrad(\[\w+\])'", rf"\1'handgrad\2 @ {source}'", text)
    text = re.sub(r"(?m)^- handgrad$", f"- handgrad @ {source}", text)
    return text.replace("uvx handgrad", f"uvx --from {source} handgrad")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
