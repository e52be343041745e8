"""One submission of every hostile and every careless kind, to be graded side by side with honest ones.

Each is (the answer, the status it must get, what its text must say). Which of them only a container stops is said in
test_hostile.py, and in demos/grading/README.md.
"""

import os

from handgrad.demos.katas.course import Course

KATA = Course()["multiply"]
RIGHT = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = b.data\n    b.grad = a.data\n"
MARK = f"handgrad-test-mark-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
"""A file that answers try to leave beside the teacher's; the same in every process of a test run."""
