"""Why a graph cannot be read, in one sentence."""

from handgrad import HandgradError
from handgrad.adapters.micrograds.errors import OwnGraphError, UncopiedNodeError, UnreadableGraphError


def test_what_is_lacking_is_told_with_the_names_that_were_tried():
    error = UnreadableGraphError("Node", "data", ("data", "value"), "Give another.")
    assert str(error) == "probe: a Node has no data that can be read: looked for data, value. Give another."
    assert (error.kind, error.lacks, error.looked_for) == ("Node", "data", ("data", "value"))
    assert str(UnreadableGraphError("Node", "data", ("data",))).endswith("looked for data.")


def test_each_is_an_error_of_ours_and_a_type_error():
    for error in (UncopiedNodeError("Node"), OwnGraphError(), UnreadableGraphError("a", "b", ())):
        assert isinstance(error, HandgradError)
        assert isinstance(error, TypeError)
        assert str(error).startswith("probe: ")
