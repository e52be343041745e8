"""Which tests a run has."""

import re
import subprocess

import pytest

from tests import drawing

pytest_plugins = ["pytester"]

TESTS = """
import pytest

@pytest.mark.drawn(3)
@pytest.mark.parametrize("case", range(40))
def test_corpus(case):
    pass

@pytest.mark.drawn(1, by=lambda case: case % 4, files=lambda case: [FOLDER / f"{case}.txt"])
@pytest.mark.parametrize("case", range(40))
def test_each_group(case):
    assert case != FAILS

@pytest.mark.rest
def test_dear():
    pass

def test_cheap():
    pass

@pytest.fixture(scope="session")
def made(request):
    from tests.drawing import selected_cases
    return set(selected_cases(request, "corpus"))

@pytest.mark.drawn(2)
@pytest.mark.parametrize("corpus", range(40))
def test_made_at_once(corpus, made):
    assert corpus in made and len(made) in (2, 38, 40)

@pytest.mark.drawn(1, rest=0)
@pytest.mark.parametrize("case", range(5))
def test_one_by_one(case):
    pass

@pytest.mark.drawn(1, rest=3)
@pytest.mark.parametrize("case", range(20))
def test_mechanism(case):
    pass

@pytest.mark.rest
def test_many(request):
    from tests.drawing import draw
    each = draw(request, range(30), 4)
    assert len(each) == MANY
    assert all(other - one in (30 // MANY, 30 // MANY + 1) for one, other in zip(each, each[1:]))

@pytest.mark.rest
@pytest.mark.drawn(0, rest=2)
@pytest.mark.parametrize("case", range(10))
def test_dear_mechanism(case):
    pass

@pytest.mark.rest(of=2)
def test_in_turn_one():
    pass

@pytest.mark.rest(of=2)
@pytest.mark.parametrize("case", range(3))
def test_in_turn_two(case):
    pass

@pytest.mark.rest(of=2)
@pytest.mark.drawn(0, rest=2)
@pytest.mark.parametrize("case", range(6))
def test_in_turn_drawn(case):
    pass
"""
IN_TURN = 1 + 3 + 6
EVERYTHING = 40 + 40 + 1 + 1 + 1 + 40 + 5 + 20 + 10 + IN_TURN


class Worker:
    """Makes a process one of several, as pytest-xdist does."""

    def __init__(self, place):
        self._place = place

    def pytest_configure(self, config):
        config.workerinput = self._place


@pytest.fixture
def run(pytester, monkeypatch, tmp_path):
    """Runs the tests above, with `files` as what has changed: the ids of those that ran, and the whole output."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the others that are installed take a second

    def run(*options, many=30, fails=None, changed=(), ran="passed", worker=None):
        monkeypatch.setattr(drawing, "_changed_files", lambda: {tmp_path / name for name in changed})
        text = f"from pathlib import Path\nFOLDER, FAILS, MANY = Path({str(tmp_path)!r}), {fails}, {many}\n{TESTS}"
        pytester.makepyfile(test_mine=text, conftest="from tests.drawing import *")
        options = [option.replace("HERE", "test_mine.py") for option in options]
        plugins = [Worker(worker)] if worker else []
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-vv", *options, plugins=plugins)
        output = result.stdout.str()
        return re.findall(rf"::(\S+) {ran.upper()}", output, re.IGNORECASE), output

    return run


def test_a_plain_run_has_all_that_is_cheap_and_some_cases_of_what_is_dear(run):
    ran, output = run("--seed", "1")
    assert (sum("corpus" in name for name in ran), "test_cheap" in ran, "test_dear" in ran) == (3, True, False)
    assert {int(name[16:-1]) % 4 for name in ran if "each_group" in name} == {0, 1, 2, 3}
    assert len(ran) == 3 + 4 + 1 + 2 + 1 + 1
    assert "cases drawn with --seed 1" in output


def test_one_seed_draws_the_same_cases_each_time_and_another_one_others(run):
    assert run("--seed", "1")[0] == run("--seed", "1")[0] != run("--seed", "2")[0]


def test_the_whole_has_everything_and_the_rest_all_that_a_plain_run_may_leave_out(run):
    assert len(run("--whole")[0]) == EVERYTHING
    plain, rest = (
        {name for name in run("--seed", "1", *options, many=4)[0] if "mechanism" not in name and "turn" not in name}
        for options in ([], ["--rest"])
    )
    assert (len(plain | rest), plain & rest) == (EVERYTHING - (5 - 1) - 20 - 10 - IN_TURN, set())


def count_in_turn(run, seed, *options, changed=()):
    ran, _ = run("--rest", "--seed", seed, *options, many=30 if options else 4, changed=changed)
    return sum("in_turn" in name for name in ran)


@pytest.mark.rest
def test_of_a_file_whose_dear_tests_take_turns_the_rest_has_half_of_them_and_of_a_drawn_one_its_cases(run):
    assert {count_in_turn(run, seed) for seed in "147"} == {1 + 3, 1 + 2, 3 + 2}


@pytest.mark.rest
@pytest.mark.parametrize(("options", "changed"), [(["--every"], []), ([], ["test_mine.py"])])
def test_every_case_of_what_takes_turns_is_there_where_that_is_asked_for_or_its_file_has_changed(
    options, changed, run, pytester
):
    assert count_in_turn(run, "1", *options, changed=[pytester.path / name for name in changed]) == IN_TURN


@pytest.mark.rest
def test_the_files_of_a_folder_that_shares_what_is_dear_take_turns_with_each_other(run, pytester, monkeypatch):
    monkeypatch.setattr(drawing, "TOGETHER", ("shared/",))
    folder = pytester.mkdir("shared")
    for name in "abc":
        (folder / f"test_{name}.py").write_text(f"import pytest\n@pytest.mark.rest(of=3)\ndef test_{name}(): pass\n")
    assert [run("--rest", "--seed", seed, "shared")[0] for seed in "147"] == [["test_b"], ["test_a"], ["test_c"]]


def test_the_rest_of_every_case_has_all_but_what_another_test_goes_through(run):
    assert len(run("--rest", "--every")[0]) == EVERYTHING - len(["test_cheap"]) - 5


def test_the_rest_draws_other_cases_of_a_mechanism_than_the_plain_run_of_the_same_seed(run):
    for seed in "123":
        plain, rest = (
            {name for name in run("--seed", seed, *options, many=4)[0] if "mechanism" in name}
            for options in ([], ["--rest"])
        )
        assert (len(plain), len(rest), plain & rest) == (1, 3 + 2, set())


def test_the_shards_of_a_run_are_the_whole_of_it_with_each_file_in_one(run):
    assert sorted(len(run("--whole", "--shard", f"{k}/3")[0]) for k in (1, 2, 3)) == [0, 0, EVERYTHING]


def test_each_worker_has_its_own_files_of_a_shard(run):
    shares = [
        len(run("--whole", "--shard", f"{k}/2", worker={"workercount": 2, "workerid": f"gw{w}"})[0])
        for k in (1, 2)
        for w in (0, 1)
    ]
    assert sorted(shares) == [0, 0, 0, EVERYTHING]


def test_a_case_whose_files_have_changed_is_always_there(run):
    for seed in "123":
        assert {"test_each_group[17]", "test_each_group[31]"} <= set(
            run("--seed", seed, changed=["17.txt", "31.txt"])[0]
        )


def test_who_names_a_test_gets_every_case_of_it(run):
    assert len(run("HERE::test_corpus")[0]) == 40
    assert run("HERE::test_corpus[7]")[0] == ["test_corpus[7]"]


def test_what_fails_is_told_as_a_command_that_runs_it_again(run):
    _, output = run("--whole", fails=5)
    assert "pytest 'test_mine.py::test_each_group[5]'" in output
    assert run("HERE::test_each_group[5]", fails=5, ran="failed")[0] == ["test_each_group[5]"]


def test_the_seed_is_the_commit_where_none_is_given(run):
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=drawing.ROOT, capture_output=True, text=True, check=False
    )
    commit = told.stdout.strip() if told.returncode == 0 else "none"
    assert f"cases drawn with --seed {commit}" in run()[1]
