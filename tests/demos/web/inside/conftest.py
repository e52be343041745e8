"""What the tests of the page's Python share."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web.inside.session import Session
from handgrad.viz.sheet.layout import lay_out_with_graphviz


@pytest.fixture
def session():
    return Session(Course(), lay_out_with_graphviz)
