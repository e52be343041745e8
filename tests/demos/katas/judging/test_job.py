"""A job goes to another process as a line of text."""

import pytest

from handgrad.demos.katas.judging.job import Job, Limits


@pytest.mark.parametrize(
    "job",
    [
        Job("/work", "add", "/report"),
        Job("a folder\nof \u2603", "add", "/report", "/pictures/add.svg", Limits(0.5, 1 << 20, 2048), "a\nword"),
    ],
)
def test_a_job_comes_back_from_its_line_as_it_was(job):
    line = job.to_json()
    assert len(line.splitlines()) == 1
    assert Job.from_json(line) == job
