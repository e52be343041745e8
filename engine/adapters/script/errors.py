"""Why a script cannot be checked."""

from __future__ import annotations

from ..numpy.errors import CheckError


class ScriptError(CheckError):
    """It cannot be told what of a script is to be checked."""

    said = "the script cannot be cut"
