"""Several workers, one item each at a time, and none left where one of them fails."""

import threading

import pytest

from handgrad.demos.grading.results.report import End
from handgrad.demos.grading.running import pool as pool_room
from handgrad.demos.grading.running.pool import Pool, WorkerLostError, WorkerProcess
from tests.patience import PATIENCE


@pytest.fixture
def pool(tmp_path):
    with Pool(3, tmp_path) as pool:
        yield pool


def test_every_item_is_done_once_and_told_in_this_thread(pool):
    told = []
    pool.map(lambda worker, item: item**2, range(20), lambda found: told.append((found, threading.get_ident())))
    assert sorted(found for found, _ in told) == [n**2 for n in range(20)]
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_as_many_are_at_work_as_there_are_workers_and_each_with_its_own(pool):
    together, workers = threading.Barrier(3, timeout=PATIENCE), []

    def do(worker, _):
        workers.append(worker)
        together.wait()

    pool.map(do, range(3), lambda _: None)
    assert len(set(workers)) == 3


@pytest.mark.parametrize("fails", ["do", "tell"])
def test_the_first_error_is_raised_and_the_other_workers_are_broken_off(fails, pool, monkeypatch):
    killed, done, end = [], [], threading.Event()
    monkeypatch.setattr(WorkerProcess, "kill", lambda self: (killed.append(self), end.set()))

    def do(worker, item):
        done.append(item)
        if item > 1:  # until it is killed
            end.wait(PATIENCE)
        if fails == "do" and item == 1:
            raise KeyError("do")
        return item

    def tell(found):
        if fails == "tell":
            raise KeyError("tell")

    with pytest.raises(KeyError, match=fails):
        pool.map(do, range(100), tell)
    assert len(killed) == 3
    assert len(done) < 10


def test_a_worker_that_is_lost_is_tried_once_more_and_then_the_report_says_why(tmp_path, monkeypatch):
    asked = []

    def lost(self, job):
        asked.append(job)
        raise WorkerLostError("out of memory")

    monkeypatch.setattr(WorkerProcess, "_ask", lost)
    report = WorkerProcess(tmp_path).grade({"limits": {"seconds": 1}})
    assert (report.end, report.why, len(asked)) == (End.UNGRADED, "out of memory", 2)


def test_a_process_that_ends_at_once_is_told_by_the_last_line_of_its_errors(tmp_path):
    """As its folder holds no engine, nothing can be graded there."""
    worker = WorkerProcess(tmp_path / "nowhere")
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "nowhere" / "handgrad.py").write_text("raise SystemExit('no engine here')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_room, "IMPORT_PATH", str(tmp_path / "nowhere"))
        report = worker.grade({"limits": {"seconds": 1}})
    worker.close()
    assert report.end is End.UNGRADED
    assert report.why == "no engine here"


def test_one_that_was_stopped_starts_no_process_any_more(tmp_path):
    worker = WorkerProcess(tmp_path)
    worker.kill()
    report = worker.grade({"limits": {"seconds": 1}})
    assert (report.end, report.why) == (End.UNGRADED, "the grading was stopped")
    assert list(tmp_path.iterdir()) == []
