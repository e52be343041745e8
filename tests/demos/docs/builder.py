"""The program that builds the documents, which is no module of the package."""

import importlib.util
from types import ModuleType

from tests.project import ROOT


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handgrad_docs_build", ROOT / "demos" / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
