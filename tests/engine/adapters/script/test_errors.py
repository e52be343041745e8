"""Why a script cannot be checked."""

from handgrad import HandgradError
from handgrad.adapters.script.errors import ScriptError


def test_an_error_says_what_was_met_and_what_to_do():
    error = ScriptError("it works out no loss", "Say with --loss what it is called.")
    assert isinstance(error, HandgradError)
    assert str(error) == "the script cannot be cut: it works out no loss. Say with --loss what it is called."
