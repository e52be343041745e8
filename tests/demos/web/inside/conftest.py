"""What the tests of the page's Python share."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web.inside.session import Session
from handgrad.viz.sheet.layout import with_graphviz


@pytest.fixture
def session():
    return Session(Course(), with_graphviz)
