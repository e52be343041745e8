"""The sheet's real page in a browser, by keyboard, and found by role and name alone."""

import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from handgrad import compare, manual, viz
from handgrad.viz.sheet import widget
from handgrad.viz.sheet.server import SheetServer
from tests.graphs import random_graph
from tests.viz.graphs import RIGHT, TWO_MISTAKES, lecture

from .browser import chromium, page_of

BACKWARD = ("L", "f", "d", "c", "e", "b", "a")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


class Served:
    """A sheet that is served while a test runs."""

    def __init__(self, target, **options):
        self.root = getattr(target, "root", target)
        self.sheet = viz.Sheet(target, **options)
        self.server = SheetServer(self.sheet)
        self.address = self.server.address
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def served():
    made = []

    def serve(target, **options):
        made.append(Served(target, **options))
        return made[-1]

    yield serve
    for one in made:
        one.stop()


@pytest.fixture
def page(browser):
    with page_of(browser) as made:
        yield made


def opened(page, served):
    page.goto(served.address)
    expect(page.locator("main[data-ready]")).to_be_visible()
    return page


def box(page, name):
    return page.get_by_role("textbox", name=re.compile(rf"gradient of {re.escape(name)}\b"))


def status(page):
    return page.get_by_role("status")


def numbers_of(root):
    return {node.label: node.grad for node in (result.node for result in compare(root))}


def test_the_whole_sheet_is_filled_in_by_keyboard_alone(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").focus()
    for name in (result.name for result in compare(root)):
        expect(box(page, name)).to_be_focused()
        page.keyboard.type(f"{RIGHT[name]:g}")
        page.keyboard.press("Enter")
        expect(box(page, name)).to_have_accessible_description("correct")
    expect(status(page)).to_contain_text("All 7 gradients are right.")
    assert numbers_of(root) == RIGHT


def test_tab_visits_the_boxes_consumers_first(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").focus()
    for name in [result.name for result in compare(root)][1:]:
        page.keyboard.press("Tab")
        expect(box(page, name)).to_be_focused()


def test_a_wrong_number_is_said_seen_and_announced(page, served):
    opened(page, served(lecture({"L": 1.0, "f": 4.0})))
    box(page, "d").fill("2")
    page.keyboard.press("Enter")
    expect(box(page, "d")).to_have_accessible_description("wrong")
    expect(box(page, "d")).to_have_attribute("aria-invalid", "true")
    expect(status(page)).to_contain_text("wrong")
    expect(status(page)).to_contain_text("the sign does not")
    expect(page.get_by_role("list", name="Mistakes")).to_contain_text("the sign does not")
    box(page, "e").fill("2")
    page.keyboard.press("Enter")
    expect(box(page, "e")).to_have_accessible_description("carried")
    for word in ("correct", "wrong", "carried", "missing"):
        assert page.locator(".card .status", has_text=word).first.is_visible()


def test_the_cause_is_what_is_red(page, served):
    opened(page, served(compare(lecture(TWO_MISTAKES))))
    looks = {
        name: page.locator(f".card.{name} .paper").first.evaluate(
            "paper => [getComputedStyle(paper).strokeWidth, getComputedStyle(paper).strokeDasharray]"
        )
        for name in ("wrong", "carried", "correct")
    }
    widths = {name: float(width.removesuffix("px")) for name, (width, _) in looks.items()}
    assert widths["wrong"] >= 2 * max(widths["carried"], widths["correct"])
    assert (looks["wrong"][1], looks["correct"][1]) == ("none", "none")
    assert looks["carried"][1] != "none"


def test_a_typo_leaves_what_was_typed_and_where_one_is(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").fill("1 +")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("not understood")
    expect(box(page, "L")).to_be_focused()
    expect(box(page, "L")).to_have_value("1 +")
    assert root.grad is None


def test_watch_tells_each_step_and_back_takes_it_back(page, served):
    with manual():
        root = random_graph(3, leaves=2, steps=3)
    made = served(root, mode="watch")
    steps = made.sheet.handle({"do": "steps"})["steps"]
    opened(page, made)
    expect(page.get_by_role("button", name="Watch")).to_have_attribute("aria-pressed", "true")
    for step in steps:
        page.get_by_role("button", name="Step").click()
        expect(status(page)).to_contain_text(step["say"])
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    page.get_by_role("button", name="Back").click()
    expect(status(page)).to_contain_text(steps[-2]["say"])


def test_a_click_on_a_node_goes_to_its_part_of_the_pass(page, served):
    opened(page, served(lecture(), mode="watch"))
    page.locator(".card", has_text="a").filter(has=page.locator("title", has_text=re.compile("^a$"))).click()
    expect(status(page)).to_contain_text("a gets e.grad")


def test_play_goes_on_by_itself_and_pause_stops_it(page, served):
    opened(page, served(lecture(), mode="watch"))
    page.get_by_label("speed").select_option("4")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(status(page)).to_contain_text("Step 2 of 6")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(status(page)).to_contain_text("That is the whole pass", timeout=10_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_predict_asks_before_it_shows(page, served):
    opened(page, served(lecture()))
    page.get_by_role("button", name="Predict").click()
    guess = page.get_by_role("textbox", name="contribution")
    expect(guess).to_have_accessible_name("contribution to d from L")
    expect(status(page)).to_contain_text("What does d get from L")
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    guess.fill("2")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("the sign does not")
    assert "= -2" not in page.locator("main").inner_text()
    guess.fill("-2")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("d gets L.grad")
    page.keyboard.press("Enter")
    expect(guess).to_have_accessible_name("contribution to f from L")
    page.get_by_role("button", name="Reveal").click()
    expect(status(page)).to_contain_text("f gets L.grad")
    page.get_by_role("button", name="Step").click()
    expect(guess).to_have_accessible_name("contribution to e from d")


def test_hints_and_the_answer_come_only_when_asked_for(page, served):
    opened(page, served(lecture()))
    box(page, "d").focus()
    page.get_by_role("button", name="Hint").click()
    expect(status(page)).to_contain_text("d is used in L")
    page.get_by_role("button", name="Reveal").click()
    expect(status(page)).to_contain_text("= -2")


def test_check_judges_on_demand(page, served):
    opened(page, served(lecture()))
    expect(page.get_by_role("button", name="Check")).to_be_hidden()
    page.get_by_role("checkbox", name="judge at once").uncheck()
    box(page, "L").fill("2")
    page.keyboard.press("Enter")
    expect(box(page, "L")).to_have_accessible_description("typed")
    page.get_by_role("button", name="Check").click()
    expect(box(page, "L")).to_have_accessible_description("wrong")


def test_a_reload_and_a_second_tab_show_what_was_typed(browser, page, served):
    made = served(lecture())
    opened(page, made)
    box(page, "L").fill("2/2")
    page.keyboard.press("Enter")
    expect(box(page, "L")).to_have_accessible_description("correct")
    page.reload()
    expect(box(page, "L")).to_have_value("2/2")
    with page_of(browser) as other:
        opened(other, made)
        expect(box(other, "L")).to_have_value("2/2")
        box(other, "f").fill("4")
        other.keyboard.press("Enter")
        expect(box(page, "f")).to_have_value("4", timeout=10_000)
        other.get_by_role("button", name="Reset").click()
        expect(box(page, "f")).to_have_value("", timeout=10_000)


def test_after_the_program_was_started_again_nothing_typed_in_any_tab_is_lost(browser, page, tmp_path):
    command = Command("sheet", "--no-open", folder=tmp_path)
    address = command.first_line()
    page.goto(address)
    box(page, "L").fill("1")
    page.keyboard.press("Enter")
    expect(box(page, "L")).to_have_accessible_description("correct")
    other = page.context.new_page()
    other.goto(address)
    expect(box(other, "L")).to_have_value("1")
    command.stop()
    for tab, name, text in ((page, "d", "L.grad * f"), (other, "f", "4"), (other, "c", "2 +")):
        box(tab, name).fill(text)
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("alert")).to_be_visible()
    port = re.search(r":(\d+)/", address)[1]
    expect(page.get_by_role("alert")).to_contain_text(f"start it again at port {port}")
    command = Command("sheet", "--no-open", "--port", port, folder=tmp_path)
    assert command.first_line() == address
    expect(box(page, "d")).to_have_accessible_description("correct", timeout=15_000)
    expect(page.get_by_role("alert")).to_be_hidden()
    for tab in (page, other):
        for name, text in (("L", "1"), ("d", "L.grad * f"), ("f", "4")):
            expect(box(tab, name)).to_have_value(text, timeout=15_000)
    expect(box(other, "c")).to_have_value("2 +")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(box(page, "d")).to_have_value("L.grad * f")
    command.stop()


def test_closed_tabs_find_all_of_it_again_in_another_run(page, tmp_path):
    command = Command("sheet", "--no-open", folder=tmp_path)
    address = command.first_line()
    other = page.context.new_page()
    for tab, name, text in ((page, "L", "1"), (other, "f", "4")):
        tab.goto(address)
        box(tab, name).fill(text)
        tab.keyboard.press("Enter")
        expect(box(tab, name)).to_have_accessible_description("correct")
    command.stop()
    other.close()
    command = Command("sheet", "--no-open", "--port", re.search(r":(\d+)/", address)[1], folder=tmp_path)
    page.goto(command.first_line())
    for name, text in (("L", "1"), ("f", "4")):
        expect(box(page, name)).to_have_value(text)
        expect(box(page, name)).to_have_accessible_description("correct")
    command.stop()


PLACES = """cards => Object.fromEntries(cards.map(card => {
    const box = card.getBoundingClientRect();
    const numbers = [box.x + scrollX, box.y + scrollY, box.width, box.height];
    return [card.querySelector("title").textContent, numbers.map(Math.round)];
}))"""


def places(page):
    """Left, top, width and height of each card by its name."""
    return page.locator(".card").evaluate_all(PLACES)


@pytest.mark.parametrize("mode", ["Watch", "Predict", "Fill in"])
def test_cards_never_move(page, served, mode):
    opened(page, served(lecture()))

    before = places(page)
    for name in ("L", "d", "e"):
        box(page, name).fill("3")
        page.keyboard.press("Enter")
        expect(box(page, name)).not_to_have_accessible_description("missing")
    page.get_by_role("button", name=mode).click()
    if mode == "Watch":
        page.get_by_role("button", name="Step").click()
    assert places(page) == before
    assert len({(width, height) for *_, width, height in before.values()}) == 1


PHONE = {"width": 390, "height": 844}
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "a phone": {"viewport": PHONE},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mode", ["fill", "watch", "predict"])
def test_axe_finds_nothing_serious(browser, served, look, mode):
    with page_of(browser, bypass_csp=True, **LOOKS[look]) as page:
        opened(page, served(compare(lecture({**TWO_MISTAKES, "a": None})), mode=mode))
        page.get_by_text("The graph in words").click()
        found = Axe().run(page).response["violations"]
        assert [
            (rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")
        ] == []


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, served):
    with page_of(browser, viewport=PHONE) as page:
        opened(page, served(compare(lecture(TWO_MISTAKES))))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        tops = {name: top for name, (_, top, *_) in places(page).items()}
        assert tops["L"] < tops["d"] < tops["e"] < tops["a"]
        box(page, "d").fill("-2")
        page.keyboard.press("Enter")
        expect(box(page, "d")).to_have_accessible_description("correct")


def test_a_system_with_colours_of_its_own_still_tells_the_states_apart(browser, served):
    with page_of(browser, forced_colors="active") as page:
        opened(page, served(compare(lecture(TWO_MISTAKES))))
        widths = page.locator(".card.wrong .paper").evaluate_all("all => all.map(p => getComputedStyle(p).strokeWidth)")
        assert widths == ["6px", "6px"]
        expect(page.locator(".card.wrong .status").first).to_have_text("wrong")


def test_in_a_system_with_colours_of_its_own_the_step_in_work_stands_out(browser, served):
    with page_of(browser, forced_colors="active") as page:
        opened(page, served(compare(lecture(TWO_MISTAKES)), mode="watch"))
        page.get_by_role("button", name="Step").click()
        widths = page.locator(".card .paper").evaluate_all("all => all.map(p => getComputedStyle(p).strokeWidth)")
        assert sorted(widths)[-1] == "5px"
        assert sorted(widths)[:-2] == ["1.2px"] * 5


NOTEBOOK = """async (module) => {
    const { default: entry } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
    const heard = [];
    const model = {
        on: (_, listener) => heard.push(listener),
        off: (_, listener) => heard.splice(heard.indexOf(listener), 1),
        send: async ({ to, message }) => {
            const answer = await fetch("ask", { method: "POST", body: JSON.stringify(message) });
            const reply = await answer.json();
            for (const listener of heard) listener({ to, reply });
        },
    };
    const made = [1, 2].map(() => document.createElement("div"));
    const gone = made.map((el) => entry.render({ model, el }));
    document.body.replaceChildren(...made);
    window.closeOne = () => (gone[0](), heard.length);
}"""


def test_views_of_a_notebook_are_laid_out_where_they_stand_and_agree(browser, served):
    made = served(lecture())
    with page_of(browser, bypass_csp=True) as page:  # the notebook's own allows what the kernel sends
        opened(page, made)
        check_views_of_a_notebook(page, made.root)


def check_views_of_a_notebook(page, root):
    page.evaluate(NOTEBOOK, widget.one_module())
    views = [page.locator("body > div").nth(place) for place in (0, 1)]
    for view in views:
        expect(view.get_by_role("button", name="Reset")).to_be_visible()
        lefts = {card: left for card, (left, *_) in places(view).items()}
        assert lefts["L"] - lefts["a"] > 3 * 156  # side by side, not upright
    box(views[0], "L").fill("1")
    box(views[0], "L").press("Enter")
    expect(box(views[0], "L")).to_have_accessible_description("correct")
    assert root.grad == 1.0
    assert page.evaluate("closeOne()") == 1


def test_next_goes_on_to_the_following_sheet(page, served):
    opened(page, served(lecture(), following=lambda: viz.Sheet(lecture(), title="The second")))
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="The second")).to_be_visible()
    box(page, "L").fill("1")
    page.keyboard.press("Enter")
    expect(box(page, "L")).to_have_accessible_description("correct")


def test_without_a_script_the_picture_and_the_task_are_there(browser, served):
    made = served(compare(lecture(TWO_MISTAKES)))
    with page_of(browser, java_script_enabled=False) as page:
        page.goto(made.address)
        expect(page.get_by_text("Fill in the gradient of each node")).to_be_visible()
        expect(page.locator(".card.wrong .status").first).to_be_visible()


class Command:
    """`handgrad` as a process of its own."""

    def __init__(self, *arguments, folder):
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from handgrad.demos.cli import main; main()", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=folder,
        )  # fmt: skip

    def first_line(self):
        return self.process.stdout.readline().strip()

    def stop(self):
        """Ctrl-C; what it said to the error stream."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.communicate(timeout=20)[1]
        finally:
            self.process.kill()
            self.process.wait()


def test_the_command_prints_its_address_first_and_ends_quietly_while_a_page_is_open(page, tmp_path):
    command = Command("sheet", "--no-open", folder=tmp_path)
    address = command.first_line()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{16,}/", address)
    page.goto(address)
    box(page, "L").fill("1")
    page.keyboard.press("Enter")
    expect(box(page, "L")).to_have_accessible_description("correct")
    assert (command.stop(), command.process.returncode) == ("", 0)


def test_the_lectures_expression_is_what_is_shown_without_a_target(page, tmp_path):
    command = Command("walk", "--no-open", folder=tmp_path)
    page.goto(command.first_line())
    expect(page.get_by_role("button", name="Watch")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="L = (a*b + c) * f")).to_be_visible()
    command.stop()
