"""The command line, as people type it."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import GROUPS, command_names, main
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.terminal.narrow import narrow

pytestmark = pytest.mark.usefixtures("warm_checks")

COURSE = Course()
ADD = COURSE["add"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a fresh workspace; the folder is `run.folder`."""
    return runner(tmp_path, monkeypatch)


@pytest.fixture
def run_few(tmp_path, monkeypatch):
    """The same with four katas, for what takes every kata in turn."""
    for name in ("slope", "add", "hinge", "embedding"):
        shutil.copytree(COURSE[name].folder, tmp_path / "course" / COURSE[name].place)
    return runner(tmp_path, monkeypatch, "--course", "course")


def runner(folder, monkeypatch, *options):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert CliRunner().invoke(main, ["start", "ws", *options]).exit_code == 0
    monkeypatch.chdir(folder / "ws")

    def run(*arguments, **options):
        return CliRunner().invoke(main, list(arguments), **options)

    run.folder = folder / "ws"
    return run


def solve(folder, kata):
    (folder / kata.place / kata.file_name).write_bytes(kata.solution.read_bytes())


def handgrad(*arguments, cwd, **environment):
    """The command in a process of its own."""
    command = [sys.executable, "-c", "from handgrad.demos.cli import main; main(prog_name='handgrad')", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        check=False,
    )


def test_bare_command_outside_a_workspace_says_how_to_begin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    begun = re.findall(r"^    handgrad (\w+) +\S", result.output, re.MULTILINE)
    assert begun == ["start", "demo"]
    assert len(result.output.splitlines()) < 10
    assert "handgrad --help" in result.output


@pytest.mark.parametrize("command", command_names())
def test_every_command_has_help(command):
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3


@pytest.mark.parametrize(("command", "summary"), [row for rows in GROUPS.values() for row in rows.items()])
def test_the_help_shows_each_command_s_own_first_sentence_whole(command, summary):
    own = CliRunner().invoke(main, [command, "--help"]).output
    assert summary[1] in " ".join(own.split())
    assert re.search(
        rf"^  {command} +{re.escape(summary[1])}$", CliRunner().invoke(main, ["--help"]).output, re.MULTILINE
    )


@pytest.mark.parametrize("command", ["check", "list", "hint", "watch"])
def test_without_a_workspace_the_way_in_is_told(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 2
    assert "handgrad start" in result.output


def test_start_tells_what_comes_next_and_again_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(main, ["start", "my katas"])
    assert f"Welcome. {len(COURSE.katas)} katas are in my katas." in first.output
    assert 'cd "my katas"' in first.output
    solve(tmp_path / "my katas", ADD)
    (tmp_path / "my katas" / "01_white" / "01_slope" / "slope.py").unlink()
    (tmp_path / "my katas" / "README.md").write_text("my notes", encoding="utf-8")
    again = CliRunner().invoke(main, ["start", "my katas"])
    assert "Welcome" not in again.output
    assert "01_white/01_slope/slope.py" in again.output
    assert "2 files of yours are kept as they are." in again.output
    assert (tmp_path / "my katas" / "README.md").read_text(encoding="utf-8") == "my notes"
    assert (tmp_path / "my katas" / ADD.place / "add.py").read_bytes() == ADD.solution.read_bytes()


@pytest.mark.rest(of=3)
def test_failure_shows_table_slip_picture_and_the_next_command(run):
    kata = COURSE["two_links"]
    (run.folder / kata.place / kata.file_name).write_bytes(wrong_answers(kata)[0].text.encode())
    result = run("check", "two_links")
    assert result.exit_code == 1
    assert "your grad" in result.output
    assert "Fix first: u." in result.output
    assert "handgrad check two_links" in result.output
    assert "handgrad hint two_links" in result.output
    picture = run.folder / ".handgrad" / "two_links.svg"
    assert "The picture: .handgrad/two_links.svg" in result.output
    assert 'stroke="red"' in picture.read_text(encoding="utf-8")


@pytest.mark.rest(of=3)
def test_pass_is_remembered_and_leads_on(run):
    solve(run.folder, ADD)
    result = run("check", "add")
    assert result.exit_code == 0
    assert "Passed" in result.output
    assert "Another way, for comparison: handgrad solution add" in result.output
    assert "handgrad check multiply" in result.output
    assert (run.folder / "solutions" / "add.py").read_bytes() == ADD.solution.read_bytes()
    assert re.search(r"add +Add +passed", run("list").output)
    assert f"1 of {len(COURSE.katas)}" in run("list").output


@pytest.mark.rest(of=3)
def test_exit_status_is_0_only_where_all_named_pass(run):
    solve(run.folder, ADD)
    assert run("check", "add").exit_code == 0
    assert run("check", "add", "multiply").exit_code == 1
    assert run("check", "ad").exit_code == 2
    assert run("check", "--nonsense").exit_code == 2
    assert run("check").exit_code == 1


@pytest.mark.rest(of=3)
def test_a_kata_is_named_by_its_number_in_the_list_too(run):
    number = re.search(r"(\d+) +add ", run("list").output)[1]
    for command in (["check"], ["solution", "--peek"], ["reset"]):
        assert run(*command, number).output == run(*command, "add").output
    assert run("hint", number).output.startswith("add  ")
    unknown = run("check", str(len(COURSE.katas) + 1))
    assert unknown.exit_code == 2
    assert "there is no kata" in unknown.output


@pytest.mark.rest(of=3)
def test_check_all_names_each(run_few):
    solve(run_few.folder, ADD)
    result = run_few("check", "--all")
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.output.splitlines()[:4]] == ["slope", "add", "hinge", "embedding"]
    assert "1 of 4 pass." in result.output
    assert "Next: handgrad check slope" in result.output


def test_check_without_a_name_takes_the_folder_one_stands_in(run, monkeypatch):
    monkeypatch.chdir(run.folder / ADD.place)
    assert "add  " in run("check").output


def test_an_edited_test_does_not_pass_a_kata(run):
    (run.folder / ADD.place / "test_add.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    result = run("check", "add")
    assert result.exit_code == 1
    assert "test_add.py was edited here" in " ".join(result.output.split())


@pytest.mark.rest(of=3)
def test_endless_loop_is_stopped(run):
    (run.folder / ADD.place / "add.py").write_text("while True: pass\n", encoding="utf-8")
    result = run("check", "add", "--timeout", "0.5")
    assert result.exit_code == 1
    assert "it took too long" in result.output


def test_hints_open_one_by_one(run):
    outputs = [run("hint", "add").output for _ in range(4)]
    for count, output in enumerate(outputs, start=1):
        assert output.count(" of 3\n") == min(count, 3)
    assert "handgrad solution add --peek" in outputs[3]


def test_solution_opens_once_the_kata_passes(run):
    shut = run("solution", "add")
    assert shut.exit_code == 2
    assert "handgrad hint add" in shut.output
    text = narrow(ADD.solution.read_text(encoding="utf-8"))
    assert run("solution", "add", "--peek").output == text
    solve(run.folder, ADD)
    run("check", "add")
    assert run("solution", "add").output == text


def test_reset_keeps_the_learners_version(run):
    solve(run.folder, ADD)
    run("check", "add")
    result = run("reset", "add")
    assert result.exit_code == 0
    assert f"{ADD.place}/add.py.1.bak" in result.output
    assert (run.folder / ADD.place / "add.py.1.bak").read_bytes() == ADD.solution.read_bytes()
    assert (run.folder / ADD.place / "add.py").read_bytes() == ADD.stub.read_bytes()
    assert run("solution", "add").exit_code == 2


def test_list_searches_and_filters(run):
    solve(run.folder, ADD)
    run("check", "add")
    assert "multiply" not in run("list", "--done").output
    assert " add " not in run("list", "--pending").output
    assert "softmax_jacobian" in run("list", "BROWN", "jacobian").output
    assert "No kata matches" in run("list", "xyzzy").output


@pytest.mark.rest(of=3)
def test_watch_without_a_terminal_checks_once(run):
    result = handgrad("watch", cwd=run.folder)
    assert result.returncode == 1
    assert "this was one check" in result.stdout
    bare = handgrad(cwd=run.folder)
    assert "this was one check" in bare.stdout


def test_damaged_progress_is_said_and_not_fatal(run):
    (run.folder / ".handgrad" / "progress.json").write_text("{", encoding="utf-8")
    result = run("list")
    assert result.exit_code == 0
    assert "progress.json.1.damaged" in result.output
    assert "damaged" not in run("list").output


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "'class' is a word of Python's own."),
        ("Two Words", "one or two words in lower case"),
        ("random", "a module that Python has already"),
    ],
)
def test_name_that_no_kata_can_have_is_refused_with_its_reason(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["new", name])
    assert result.exit_code == 2
    assert said in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.rest(of=3)
def test_teachers_kata_is_made_verified_and_handed_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["new", "leaky"]).exit_code == 0
    assert CliRunner().invoke(main, ["new", "leaky"]).exit_code == 2
    verified = CliRunner().invoke(main, ["verify", "leaky"])
    assert verified.exit_code == 0, verified.output
    assert "1 kata is sound." in verified.output
    (tmp_path / "leaky" / "extra.txt").write_text("", encoding="utf-8")
    assert CliRunner().invoke(main, ["verify", "leaky"]).exit_code == 1
    started = CliRunner().invoke(main, ["start", "class", "--course", "leaky"])
    assert "1 kata is in class." in started.output
    monkeypatch.chdir(tmp_path / "class")
    assert "leaky" in CliRunner().invoke(main, ["list"]).output


@pytest.mark.rest(of=3)
def test_screens_fit_80_columns_without_colour(run_few):
    (run_few.folder / ADD.place / "add.py").write_bytes(wrong_answers(ADD)[0].text.encode())
    for arguments in (["list"], ["check", "add", "hinge", "slope"], ["hint", "add"], ["check", "--all"], ["--help"]):
        result = handgrad(*arguments, cwd=run_few.folder, NO_COLOR="1")
        assert "\x1b" not in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.rest(of=3)
def test_sentences_are_wrapped_once_and_between_words_on_a_narrow_terminal(run):
    kata = COURSE["two_links"]
    (run.folder / kata.place / kata.file_name).write_bytes(wrong_answers(kata)[0].text.encode())
    verdict = judge(kata, run.folder / kata.place / kata.file_name)
    advice = next(line.text for line in verdict.lines if line.kind == "advice")
    for width in (80, 50):
        printed = handgrad("check", "two_links", cwd=run.folder, COLUMNS=str(width)).stdout
        assert textwrap.indent("\n".join(textwrap.wrap(advice, width - 3)), "  ") in printed
    solve(run.folder, ADD)
    for arguments in (["list"], ["check", "add"], ["hint", "add"]):
        lines = handgrad(*arguments, cwd=run.folder, COLUMNS="50").stdout.splitlines()
        assert max(map(len, lines)) <= 50


@pytest.mark.rest(of=3)
def test_a_narrow_encoding_is_no_crash(run_few):
    result = handgrad("list", cwd=run_few.folder, PYTHONIOENCODING="cp1252")
    assert result.returncode == 0, result.stderr
    for arguments in (["list"], ["check", "--all"], ["hint", "slope"]):
        assert "Error" not in handgrad(*arguments, cwd=run_few.folder, PYTHONIOENCODING="ascii").stderr


ZHE = """
import numpy as np
inputs = {"\u0436": np.array([1.0, 2.0])}

def forward(\u0436):
    return (\u0436**2).sum()

def backward(\u0436):
    return {"\u0436": 3 * \u0436}
"""


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("arguments", "encoding", "said"),
    [
        (["walk", "--text"], "cp1251", "a gets e.grad ? de/da"),
        (["debug", "mine.py", "--no-picture"], "cp1252", "Fix first: ?"),
        (["debug", "\u00e9.py"], "cp1251", "there is no file ?.py"),
    ],
)
def test_a_letter_that_the_console_lacks_is_a_question_mark_in_every_command(arguments, encoding, said, tmp_path):
    (tmp_path / "mine.py").write_text(ZHE, encoding="utf-8")
    result = handgrad(*arguments, cwd=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.rest(of=3)
@pytest.mark.usefixtures("by_uvx")
def test_each_command_that_is_told_begins_with_the_runner_that_it_needs(run_few, monkeypatch):
    folder, said = run_few.folder, []

    def say(*arguments):
        said.extend(run_few(*arguments).output.split())

    for words in ("", "check add", "check --all", "list xyzzy", *["hint add"] * 4, "solution add", "reset add"):
        say(*words.split())
    say("new", "leaky")
    (folder / "leaky" / "extra.txt").write_text("", encoding="utf-8")
    say("verify", "leaky")
    (folder / ".handgrad" / "progress.json").write_text("{", encoding="utf-8")
    say("list")
    say("start", "inner")
    for name in ("slope", "add", "hinge", "embedding"):
        solve(folder, COURSE[name])
    say("check", "add")
    say("check", "--all")
    (folder / ADD.place / "add.py").unlink()
    say("check", "add")
    (folder.parent / "course").rename(folder.parent / "moved")
    say("list")
    monkeypatch.chdir(folder.parent)
    say("list")
    say("start", "moved/mine", "--course", "moved")
    names = "|".join(command_names())
    told = re.findall(rf"(uvx )?handgrad ({names})\b", " ".join(said))
    assert all(runner for runner, _ in told)
    assert {name for _, name in told} == {
        "start", "watch", "check", "list", "hint", "solution", "reset", "practice", "verify", "handout",
    }  # fmt: skip


@pytest.mark.rest(of=3)
def test_plain_pytest_works_in_a_workspace(run):
    solve(run.folder, ADD)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    for place, status in ((ADD.place, 0), ("01_white", 1)):
        done = subprocess.run([*command, str(run.folder / place)], cwd=run.folder, capture_output=True, check=False)
        assert done.returncode == status, done.stdout


@pytest.mark.parametrize(("module", "dear"), [("cli", "numpy pytest rich"), ("pytest_option", "graphviz numpy rich")])
def test_what_everybody_waits_for_loads_nothing_that_only_some_of_it_needs(module, dear):
    program = f"import sys, handgrad.demos.{module}; print(sorted(set({dear!r}.split()) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [[], ["list"], ["check", "add"]])
def test_beside_the_folder_of_the_katas_every_command_says_where_they_are(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "katas are in handgrad-katas." in CliRunner().invoke(main, ["start"]).output
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert "your katas are in handgrad-katas. Go there first: cd handgrad-katas" in " ".join(result.output.split())


def test_started_in_the_current_folder_it_is_called_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "katas are in this folder." in CliRunner().invoke(main, ["start", "."]).output


@pytest.mark.parametrize("arguments", [["hint"], ["demo", "--out", "out"]])
def test_where_nothing_can_be_written_it_is_one_sentence(arguments, tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(main, ["start", "."])
    monkeypatch.setattr(Path, "mkdir", refuse)
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit)
    assert "Error: " in result.output
    assert "Permission denied" in result.output


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("practce", "practice"), ("autogrder", "autograder")])
def test_a_command_that_is_not_there_has_what_was_meant(typed, meant):
    found = CliRunner().invoke(main, [typed])
    assert found.exit_code == 2
    assert f"There is no command '{typed}'. Did you mean {meant}" in found.output


def test_practise_is_practice():
    found = CliRunner().invoke(main, ["practise", "--seed", "1"], input="q\n")
    assert (found.exit_code, "Drill 1" in found.output) == (0, True)


def test_a_reset_is_taken_back_by_a_command(run):
    (run.folder / ADD.place / "add.py").write_text("mine", encoding="utf-8")
    assert "to have it back:\nhandgrad reset add --undo\n" in run("reset", "add").output
    assert "Your version is back" in run("reset", "add", "--undo").output
    assert (run.folder / ADD.place / "add.py").read_text(encoding="utf-8") == "mine"
    assert run("reset", "add", "--undo").exit_code == 2
