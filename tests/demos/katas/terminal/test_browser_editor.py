"""The editor in the browser: one file, saved as it is typed, and never over what it does not show."""

import pytest
from playwright.sync_api import expect

from handgrad.demos.katas.terminal.browser_editor import BrowserEditor
from tests.demos.browser import chromium, page_of


@pytest.fixture
def served(tmp_path):
    """An editor of a file in a folder, with a verdict."""
    file = tmp_path / "slope.py"
    file.write_bytes(b"def slope(f):\r\n    return None\r\n")
    editor = BrowserEditor(lambda: "Not yet: 0 of 2 tests pass.", tmp_path / "scratch")
    editor.show(file, "01_white/slope.py")
    editor.run_beside()
    yield editor, file
    editor.shutdown()
    editor.server_close()


def test_the_file_is_saved_whole_with_the_line_ends_that_it_had(served):
    editor, file = served
    shown = editor.answer({"do": "look"})
    assert shown["text"] == "def slope(f):\n    return None\n"
    assert shown["verdict"] == "Not yet: 0 of 2 tests pass."
    saved = editor.answer({"do": "save", "place": shown["place"], "text": "x = 1\ny = 2\n"})
    assert file.read_bytes() == b"x = 1\r\ny = 2\r\n"
    assert saved["version"] != shown["version"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"do": "save", "place": "02_add/add.py", "text": "lost"}, "The terminal has gone on to 01_white/slope.py."),
        ({"do": "save", "place": "01_white/slope.py"}, "There is no text to save."),
    ],
)
def test_what_is_not_for_this_file_or_no_text_is_not_written(served, message, said):
    editor, file = served
    before = file.read_bytes()
    assert said in editor.answer(message)["message"]
    assert file.read_bytes() == before


def test_a_file_that_is_gone_is_said_to_be(served):
    editor, file = served
    file.unlink()
    assert "01_white/slope.py cannot be used" in editor.answer({"do": "look"})["message"]


@pytest.mark.rest
def test_in_the_page_a_line_is_typed_saved_and_what_changes_elsewhere_is_taken_over(served):
    editor, file = served
    with chromium() as browser, page_of(browser) as page:
        page.goto(editor.address_to_open())
        box = page.get_by_role("textbox")
        expect(box).to_have_value("def slope(f):\n    return None\n")
        expect(page.get_by_text("Not yet: 0 of 2 tests pass.")).to_be_visible()
        box.fill("def slope(f):")
        box.press("End")
        box.press("Enter")
        page.keyboard.type("return 1")
        page.keyboard.press("Control+s")
        expect(page.get_by_role("status")).to_have_text("Saved.")
        assert file.read_bytes() == b"def slope(f):\r\n    return 1"
        file.write_bytes(b"reset = True\n")
        expect(box).to_have_value("reset = True\n")
