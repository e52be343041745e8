"""What can go wrong with a recording is told with the inputs and with what to write."""

from __future__ import annotations

import pytest

from handgrad import HandgradError
from handgrad.recording.errors import BranchWarning, InputShapeError, RecordingError, UnknownInputError


def test_each_error_is_a_handgrad_error_and_one_of_pythons_own():
    assert issubclass(RecordingError, (HandgradError, ValueError))
    assert issubclass(InputShapeError, (HandgradError, ValueError))
    assert issubclass(UnknownInputError, (HandgradError, LookupError))
    assert issubclass(BranchWarning, UserWarning)


def test_many_inputs_are_cut_after_eight():
    names = [f"w{i}" for i in range(20)]
    error = InputShapeError("1 number", names, "Give more.")
    assert str(error) == (
        "this recording has 20 inputs (w0, w1, w2, w3, w4, w5, w6, w7, ...), and was given 1 number. Give more."
    )
    assert error.names == tuple(names)
    assert "(w0, w1, w2, w3, w4, w5, w6, w7)," in str(InputShapeError("1 number", names[:8], ""))


def test_one_input_is_one():
    assert str(InputShapeError("2 numbers", ["x"], "")).startswith("this recording has 1 input (x), and was given 2")


@pytest.mark.parametrize(
    ("given", "inputs", "said"),
    [
        ("weigth", 0, "weigth is no input of this recording. Did you mean 'weight'?"),
        ("nothing", 0, "nothing is no input of this recording. Name an input"),
        ("weight", 2, "weight is the label of 2 inputs. Name an input"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_and_an_ambiguous_one_with_its_count(given, inputs, said):
    error = UnknownInputError(given, inputs, ["weight", "", "bias"])
    assert str(error).startswith(said)
    assert (error.given, error.inputs) == (given, inputs)


def test_a_recording_error_keeps_its_problem_and_what_to_write():
    error = RecordingError("there is no input", "Give one leaf.")
    assert str(error) == "replay(root, inputs=...): there is no input. Give one leaf."
    assert (error.problem, error.instead) == ("there is no input", "Give one leaf.")
