"""A cluster in the place of this machine's workers: the same results, also where one of its workers is lost."""

import os
import signal
import sys
import threading

import pytest

from handgrad.demos.grading.running.cluster import ClusterError, cluster_pool, grade_here
from tests.demos.grading.classes import RIGHT, grade, hand_in, refused
from tests.optional import needs

needs("distributed")
pytestmark = pytest.mark.rest

WRONG = RIGHT.replace(b"b.grad = a.data", b"b.grad = -a.data")


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture
def hand_ins(tmp_path):
    for number in range(8):
        slow = b"import time\ntime.sleep(0.1)\n"
        hand_in(tmp_path / "in", f"s{number:02}", multiply=slow + (WRONG if number % 3 else RIGHT) + b"# %d\n" % number)
    return tmp_path / "in"


def graded(folder, out, *options):
    grade(folder, "--kata", "multiply", "--format", "csv", "--out", out, *options)
    return out.read_text(encoding="utf-8")


@pytest.mark.usefixtures("kept_workers")
def test_with_a_worker_killed_half_way_every_answer_is_graded_once_and_as_at_home(cluster, hand_ins, tmp_path):
    journal = tmp_path / "away.journal.jsonl"

    def kill_one_half_way():
        while not journal.exists() or journal.read_bytes().count(b'"result"') < 3:
            if stop.wait(0.05):
                return
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    stop = threading.Event()
    killer = threading.Thread(target=kill_one_half_way)
    killer.start()
    try:
        away = graded(hand_ins, tmp_path / "away.csv", "--scheduler", cluster.scheduler_address)
    finally:
        stop.set()
        killer.join()
    assert journal.read_bytes().count(b'"result"') == 8
    assert away == graded(hand_ins, tmp_path / "home.csv", "--jobs", "2")


def test_a_cluster_that_is_not_there_is_told(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    said = refused(tmp_path / "in", "--scheduler", "nowhere", "--out", tmp_path / "g.json")
    assert "there is no scheduler at nowhere" in said


def test_another_version_on_the_cluster_grades_nothing():
    with pytest.raises(ClusterError, match="another handgrad"):
        grade_here({}, "another")


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="pip install distributed"):
        cluster_pool("tcp://127.0.0.1:1", "")
