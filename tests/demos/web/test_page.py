"""The site in a browser, served by a bare static server, and as one file from a disk."""

import itertools
import json
import re
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from handgrad.demos.katas.course import Course
from handgrad.demos.web import packages, single, site
from handgrad.demos.web.handout import handout
from handgrad.demos.web.inside.session import Session
from tests.demos.browser import Watched, chromium, page_of, passing_time, stop_time

from .hosting import Host
from .states import RIGHT, STATES, WRONG, drawn_states

pytestmark = pytest.mark.rest(of=3)
DEAR = pytest.mark.rest(of=5)  # a Python is started for one test

ENDLESS = "def backward(a, b, y):\n    while True:\n        pass\n"
HUGE = "def backward(a, b, y):\n    while True:\n        print('x' * 1000)\n"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(browser, host):
    """A page whose Python has started, which takes seconds: each test goes to its own place and kata in it.

    It is opened at a place of its own, so that the start page is shown after another. Its time passes when it is told
    to: no answer comes too late on a busy machine.
    """
    with page_of(browser, reduced_motion="reduce") as made:
        stop_time(made)
        expect(at(made, host, "course").get_by_role("heading", name="Course", exact=True)).to_be_visible()
        expect(made.locator("html")).to_have_attribute("data-python", re.compile("."))
        yield made


VISITS = itertools.count(1)


def at(page, host, place):
    """Go to a place, and wait until the page has shown it: what stood there before may have the same names."""
    visit = f"visit={next(VISITS)}"
    page.goto(f"{host.address}#/{place}{'&' if '?' in place else '?'}{visit}")
    expect(page.locator("#page")).to_have_attribute("data-place", re.compile(f"{visit}$"))
    return page


def editor(page):
    return page.get_by_role("textbox", name="Your program")


def run(page, program):
    """Type a program, letter by letter, and have it judged."""
    editor(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(program)
    page.get_by_role("button", name="Run").click()


def verdict(page):
    return page.locator(".said-line")


def box(page, name):
    return page.get_by_role("textbox", name=re.compile(rf"gradient of {re.escape(name)},"))


def start(page, host, texts):
    """The start page with these texts in it, whatever stood there before."""
    at(page, host, f"?fill={quote(json.dumps(texts))}")
    expect(page.get_by_role("heading", name="Backpropagation by hand")).to_be_visible()
    for name in "Ldfecab":
        expect(box(page, name)).to_have_value(texts.get(name, ""))


def enter(page, name, text):
    box(page, name).fill(text)
    page.keyboard.press("Enter")


def test_the_lectures_expression_is_filled_in_on_the_start_page(page, host):
    start(page, host, {})
    enter(page, "L", "1")
    expect(box(page, "L")).to_have_accessible_description("correct")
    enter(page, "d", "2")
    expect(page.get_by_text("wrong sign").first).to_be_visible()


FIRST_BYTES = 150_000
"""What may be fetched before the first verdict."""


@contextmanager
def without_python(browser, **options):
    """A page that Python never comes to, and the sizes of what it has fetched."""
    with page_of(browser, service_workers="block", **options) as page:
        fetched = []
        page.route(re.compile(r"/(python|standard|library|worker)-"), lambda route: None)
        page.on("response", lambda response: fetched.append(response))
        yield page, fetched


def task(page):
    return page.locator(".task")


def fix(page):
    page.get_by_role("button", name="Fix it").click()
    page.keyboard.type("L.grad * f")
    page.keyboard.press("Enter")


def all_are_right(page):
    expect(task(page)).to_contain_text("Fixed,")
    expect(page.locator(".card.correct.right")).to_have_count(7)
    expect(page.locator(".edge.right")).to_have_count(9)


def test_before_python_is_there_one_points_at_the_mistake_sees_why_and_fixes_it_and_reload_and_link_bring_it_back(
    browser, host
):
    clipboard = {"permissions": ["clipboard-read", "clipboard-write"]}
    with without_python(browser, reduced_motion="reduce", **clipboard) as (page, fetched):
        at(page, host, "")
        expect(task(page)).to_contain_text("Which one?")
        expect(page.locator(".card .status:visible")).to_have_count(0)
        page.locator(".card", has=page.locator("title", has_text=re.compile("^e$"))).first.click()
        expect(task(page)).to_contain_text("Not e: it only follows from d. d: right magnitude, wrong sign")
        expect(page.locator(".card.wrong .status:visible")).to_have_count(1)
        sizes = [response.header_value("content-length") for response in fetched if "course" not in response.url]
        assert sum(map(int, sizes)) < FIRST_BYTES
        assert not any("editor" in response.url for response in fetched)
        page.reload()
        expect(task(page)).to_have_text(re.compile("^d: right magnitude"))
        enter(page, "f", "5")
        expect(box(page, "f")).to_have_accessible_description("wrong")
        page.reload()
        expect(box(page, "f")).to_have_value("5")
        page.get_by_text("Menu").click()
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_role("status").first).to_contain_text("The link is copied")
        link = page.evaluate("navigator.clipboard.readText()")
        page.get_by_text("Menu").click()
        enter(page, "f", "L.grad * d")
        fix(page)
        all_are_right(page)
        expect(page.get_by_role("link", name="Solve the first kata")).to_be_visible()
        page.reload()
        all_are_right(page)
        with without_python(browser) as (other, _):
            other.goto(link)
            expect(box(other, "f")).to_have_value("5")
            expect(box(other, "f")).to_have_accessible_description("wrong")


def shows(page, state):
    for name, (text, status) in state.items():
        expect(box(page, name)).to_have_value(text)
        expect(box(page, name)).to_have_accessible_description(status)
    is_right = all(status == "correct" for _, status in state.values())
    expect(task(page)).to_contain_text("Fixed," if is_right else "Fix it")


@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize("number", range(STATES))
def test_of_ten_fills_each_comes_back_by_a_reload_and_by_its_link(browser, host, request, number):
    typed, state = list(drawn_states(request.config.option.seed))[number]
    options = {"reduced_motion": "reduce"}
    with without_python(browser, **options) as (page, _), without_python(browser, **options) as (other, _):
        at(page, host, "")
        page.get_by_role("button", name="Show me").click()
        for name, text in typed:
            enter(page, name, text)
        shows(page, state)
        page.reload()
        shows(page, state)
        other.goto(page.url)
        shows(other, state)


@DEAR
def test_python_takes_over_what_was_typed_and_the_address_shows_it_in_another_mode_too(browser, host):
    with page_of(browser) as page:
        at(page, host, "")
        page.get_by_role("button", name="Show me").click()
        fix(page)
        all_are_right(page)
        expect(page.locator("html[data-python]")).to_have_count(1)
        enter(page, "f", "exp(1)")  # which only Python knows
        expect(box(page, "f")).to_have_accessible_description("wrong")
        enter(page, "f", "L.grad * d")
        all_are_right(page)
        page.get_by_text("Menu").click()
        page.get_by_role("button", name="Watch").click()
        expect(page.get_by_role("status").first).to_contain_text("Start: L.grad")
        page.reload()
        expect(page.get_by_role("status").first).to_contain_text("Start: L.grad")
        expect(task(page)).to_contain_text("Fixed,")
        page.goto(f"{host.address}#/?bare")
        page.reload()
        expect(page.get_by_role("button", name="Hint")).to_be_visible()
        expect(page.get_by_role("navigation")).to_have_count(0)


def test_a_link_to_a_riddle_leads_to_it_and_is_what_one_copies_there(browser, host):
    clipboard = {"permissions": ["clipboard-read", "clipboard-write"]}
    link = f"{host.address}challenge.html#/challenge/7/{quote('L = a*b + c')}"
    with without_python(browser, **clipboard) as (page, _):
        page.goto(link)
        expect(page.get_by_role("heading", name="I broke one gradient")).to_be_visible()
        page.get_by_role("button", name="Copy the link").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == link


@pytest.mark.parametrize("width", [390, 1280])
def test_before_any_script_has_run_the_whole_graph_of_the_start_page_is_in_sight(browser, host, width):
    with page_of(browser, java_script_enabled=False, viewport={"width": width, "height": 844}) as page:
        page.goto(host.address)
        room = page.locator(".hg-pan:visible").bounding_box()
        cards = [card.bounding_box() for card in page.locator(".card .paper:visible").all()]
        assert len(cards) == 7
        assert min(card["x"] for card in cards) >= room["x"]
        assert max(card["x"] + card["width"] for card in cards) <= room["x"] + room["width"]


DROP_ONE = """() => {
    const { postMessage } = Worker.prototype;
    delete document.documentElement.dataset.dropped;
    Worker.prototype.postMessage = function (data) {
        if (data.message?.do !== "fill") return postMessage.call(this, data);
        Worker.prototype.postMessage = postMessage;
        document.documentElement.dataset.dropped = "fill";
    };
}"""
"""Python does not hear of what is filled in next, and so does not answer it."""


def test_after_an_answer_that_took_too_long_a_sheet_goes_on_with_all_that_was_typed(page, host):
    start(page, host, {})
    enter(page, "L", "1")
    expect(box(page, "L")).to_have_accessible_description("correct")
    page.evaluate(DROP_ONE)
    enter(page, "f", "4")
    expect(page.locator("html")).to_have_attribute("data-dropped", "fill")
    page.clock.run_for(30_000)
    expect(page.get_by_role("status").first).to_contain_text("took too long")
    enter(page, "d", "L.grad * f")
    expect(page.get_by_role("status").first).not_to_contain_text("took too long")
    for name in "Ldf":
        expect(box(page, name)).to_have_accessible_description("correct")


def test_a_kata_is_solved_by_typing_its_answer_and_stays_solved(page, host):
    at(page, host, "")
    page.get_by_role("link", name="Course", exact=True).click()
    page.get_by_role("link", name="Add").click()
    expect(editor(page)).to_contain_text("fill in a.grad and b.grad")
    run(page, RIGHT)
    expect(verdict(page)).to_contain_text("Passed: 6 tests green.")
    expect(box(page, "a")).to_have_accessible_description("correct")
    page.reload()
    expect(editor(page)).to_contain_text("a.grad = 1.0")
    page.get_by_role("link", name="Course", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("Add.*passed"))).to_be_visible()
    expect(page.get_by_text("1 of")).not_to_have_count(0)


def test_a_wrong_answer_has_its_slip_named_and_its_node_red(page, host):
    run(at(page, host, "kata/add"), WRONG)
    expect(verdict(page)).to_contain_text("Not yet: 0 of 6 tests pass.")
    expect(page.locator(".row.wrong")).to_contain_text("WRONG")
    expect(page.locator(".advice").last).to_contain_text("wrong sign")
    expect(box(page, "a")).to_have_accessible_description("wrong")
    expect(box(page, "b")).to_have_accessible_description("correct")


def test_an_endless_loop_is_stopped_in_words_and_the_page_goes_on(page, host):
    expect(box(at(page, host, "kata/add"), "a")).to_be_enabled()
    # From there on the run's time counts.
    page.evaluate("window.handgrad.ready.then(engine => (engine.prepare(), engine.spare.ready))")
    run(page, ENDLESS)
    expect(verdict(page)).to_contain_text("Running")
    page.clock.run_for(10_000)
    expect(verdict(page)).to_contain_text("Stopped: it took too long.")
    expect(verdict(page)).to_contain_text("loop")
    expect(editor(page)).to_contain_text("while True")
    run(page, HUGE)
    expect(page.locator(".verdict")).to_contain_text("without end")


def test_a_run_is_stopped_by_its_button(page, host):
    run(at(page, host, "kata/power"), ENDLESS)
    page.get_by_role("button", name="Stop").click()
    expect(verdict(page)).to_contain_text("Called off.")


def test_hints_open_one_at_a_time_and_the_solution_after_passing(page, host):
    at(page, host, "kata/multiply")
    expect(page.get_by_role("button", name="Solution")).to_have_count(0)
    page.get_by_role("button", name="Hint").click()
    expect(page.get_by_role("heading", name="Hint 1 of 3")).to_be_visible()
    expect(page.get_by_role("heading", name="Hint 2 of 3")).to_have_count(0)
    run(page, RIGHT.replace("a.grad = 1.0", "a.grad = b.data").replace("b.grad = 1.0", "b.grad = a.data"))
    page.get_by_role("button", name="Solution").click()
    expect(page.get_by_role("group", name="One possible way")).to_contain_text("a.grad = b.data")
    page.get_by_role("button", name="More slips").click()
    page.get_by_text("Slip 1 of").click()
    page.get_by_role("button", name="What do the tests say?").first.click()
    expect(page.locator(".slips .verdict").first).to_contain_text("Expected in each node")


def test_progress_is_imported_and_exported(page, host):
    at(page, host, "course")
    told = {"version": 1, "passed": ["slope"], "hints": {}, "current": "slope", "answers": {"slope": "# mine\n"}}
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    chooser.value.set_files({"name": "mine.json", "mimeType": "application/json", "buffer": json.dumps(told).encode()})
    expect(page.get_by_role("status")).to_contain_text("Imported: 1 kata")
    expect(page.get_by_role("link", name=re.compile("Slope.*passed"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    content = json.loads(download.value.path().read_text())
    assert "slope" in content["passed"]
    assert content["answers"]["slope"] == "# mine\n"


LEAVING = {
    "an expression that is drawn": ("own", "document.querySelector('form.own').requestSubmit()"),
    "a number that is typed": (
        "practice/1/4/1",
        """{ const box = document.querySelector(".hg-box");
             box.value = "7";
             box.dispatchEvent(new Event("input", { bubbles: true }));
             box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })); }""",
    ),
}


@pytest.mark.parametrize(("place", "act"), LEAVING.values(), ids=LEAVING)
def test_what_python_answers_to_a_page_that_was_left_goes_into_no_other_pages_address(page, host, place, act):
    at(page, host, place)
    if place != "own":
        expect(page.locator(".hg-box").first).to_be_visible()
    page.evaluate(f"{{ {act}; location.hash = '#/softmax?visit=left'; }}")
    page.evaluate("handgrad.ask({ do: 'program', text: 'L = 2' })")  # whose answer comes after the other
    expect(page.locator("#page")).to_have_attribute("data-place", "#/softmax?visit=left")
    # Its own sheet, once it is there, leaves out what asks for nothing.
    assert page.evaluate("location.hash") in ("#/softmax?visit=left", "#/softmax")


def test_the_address_of_an_expression_opens_it(page, host):
    at(page, host, "own")
    page.get_by_label("Your expression").last.fill("L = tanh(w*x)")
    page.get_by_role("button", name="Draw").click()
    expect(box(page, "w")).to_be_visible()
    address = page.evaluate("location.href")  # the browser's own: what it tells of it may come later
    at(page, host, "course")
    expect(box(page, "w")).to_have_count(0)
    page.goto(address)
    expect(box(page, "w")).to_be_visible()
    page.get_by_label("Your expression").last.fill("L = w x")
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("status").first).to_contain_text("not understood")


def test_practice_goes_on_to_the_next_drill(page, host):
    at(page, host, "practice/2/7/1")
    expect(page.get_by_role("heading", name="Drill 1")).to_be_visible()
    page.get_by_role("link", name="Next drill").click()
    expect(page.get_by_role("heading", name="Drill 2")).to_be_visible()


def test_a_drill_of_arrays_is_offered_with_what_it_needs(page, host):
    at(page, host, "practice/7/7/1")
    expect(page.get_by_role("button", name="Fetch it, and open the drill")).to_be_visible()
    expect(page.get_by_label("Level")).to_have_value("7")


def test_softmax_is_walked_and_comes_out_as_p_minus_y(page, host):
    at(page, host, "softmax")
    expect(page.get_by_role("row", name="p - y")).to_contain_text("-0.335")
    page.get_by_role("button", name="Step").click()
    expect(page.get_by_role("status").first).to_contain_text("Step 1 of")


def test_the_page_may_be_asked_by_its_console(page, host):
    at(page, host, "")
    reply = page.evaluate("window.handgrad.ask({do: 'fill', node: 'f', text: '4'})")
    assert reply["verdict"]["f"]["status"] == "correct"


NO_MEMORY = """
const { match } = CacheStorage.prototype;
CacheStorage.prototype.match = function (url, ...rest) {
    return String(url).includes("memory?") ? Promise.resolve(new Response("none")) : match.call(this, url, ...rest);
};
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (data, ...rest) {
    if (data.parts?.keeps) data.parts.memory = new Uint8Array(3);
    postMessage.call(this, data, ...rest);
};
"""
"""What was kept is no memory, and none can be made."""


def test_where_no_memory_can_be_kept_python_starts_the_long_way(browser, host):
    with page_of(browser, service_workers="block") as page:
        page.add_init_script(NO_MEMORY)
        page.goto(host.address)
        expect(page.locator("html")).to_have_attribute("data-python", "plain")
        enter(page, "d", "-2")
        expect(box(page, "d")).to_have_accessible_description("correct")


SMALLEST_LETTERS = """() => {
    const { a } = new DOMMatrix(getComputedStyle(document.querySelector(".hg-canvas")).transform);
    const letters = document.querySelectorAll(".hg-canvas :is(.hg-box, .name, .data, .caption)");
    return Math.min(...[...letters].map((one) => a * parseFloat(getComputedStyle(one).fontSize)));
}"""


def test_in_a_graph_that_is_shown_smaller_than_it_is_the_letters_are_not(page, host):
    at(page, host, "kata/lecture")
    expect(box(page, "L")).to_be_visible()
    assert page.evaluate(SMALLEST_LETTERS) > 11.9


BROKEN_START = """async () => {
    const engine = await window.handgrad.ready;
    const renew = () => (engine.spare?.end(new Error()), engine.spare = null);
    const { memory } = engine.parts;
    engine.parts.memory = new Uint8Array(3);
    renew();
    try {
        return await engine.judge({ kata: "add", text: "", passed: [] }, { stop: new AbortController().signal });
    } catch (error) {
        return String(error);
    } finally {
        engine.parts.memory = memory;
        renew();
    }
}"""


def test_a_python_that_does_not_start_is_never_told_as_what_the_answer_did(page, host):
    assert isinstance(at(page, host, "kata/add").evaluate(BROKEN_START), str)


FIRST_VISIT = 12_000_000
"""What may be sent for a first kata with its verdict, and all else of the site."""


@DEAR
def test_a_first_kata_is_judged_within_twelve_megabytes_and_a_reload_without_a_network_has_all_of_it(
    browser, site_folder
):
    host = Host(site_folder)
    with page_of(browser) as page:
        page.goto(f"{host.address}#/kata/add")
        run(page, WRONG)
        expect(verdict(page)).to_contain_text("Not yet")
        expect(page.locator("html")).to_have_attribute("data-python", "memory")
        page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        page.evaluate("window.handgrad.ready.then(engine => engine.keeping)")
        assert sum(size for _, size in host.sent) < FIRST_VISIT, host.sent
        host.stop()
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-python", "kept")
        run(page, RIGHT)
        expect(verdict(page)).to_contain_text("Passed")


WITHOUT_NUMPY = {
    "kata/embedding": ("Run", "handgrad check embedding"),
    "paste": ("Find the wrong line", "handgrad debug FILE"),
}


@DEAR
@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize("place", WITHOUT_NUMPY)
def test_what_needs_numpy_says_what_to_do_without_a_network(browser, host, place):
    asked, (button, command) = [], WITHOUT_NUMPY[place]

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    watched = Watched(browser, service_workers="block")
    watched.context.route(lambda url: not url.startswith((host.address, "blob:", "data:")), refuse)
    page = at(watched.page, host, place)
    if place != "paste":
        expect(page.get_by_text("cdn.jsdelivr.net")).to_be_visible()
    assert asked == []
    page.get_by_role("button", name=button).click()
    expect(verdict(page)).to_contain_text("could not be fetched")
    expect(verdict(page)).to_contain_text(command)
    assert {url.split("/")[2] for url in asked} == {"cdn.jsdelivr.net"}
    watched.context.close()


ANSWER = """reply => window.handgrad.ready.then(engine => {
    engine.alone = async () => ({ reply });
})"""


def test_of_a_backward_that_is_pasted_the_wrong_line_is_marked_until_it_is_changed(page, host):
    """Python's own answer is put in: NumPy is no part of the page."""
    page.evaluate("sessionStorage.clear()")
    at(page, host, "paste")
    expect(page.get_by_text("one of its lines is wrong")).to_be_visible()
    example = re.search("const FIRST = `(.*?)`;", (packages.SOURCES / "paste.js").read_text("utf-8"), re.DOTALL)[1]
    reply = Session(Course(), lambda dot: "").handle({"do": "check", "text": example})
    page.evaluate(ANSWER, reply)
    page.get_by_role("button", name="Find the wrong line").click()
    expect(verdict(page)).to_have_text("Line 17 is wrong.")
    expect(page.locator(".cm-wrong")).to_have_text("dW1 = x.T @ (dh * (1 - h))")
    expect(page.locator(".advice")).to_contain_text("where is the square?")
    expect(page.locator(".verdict pre")).to_contain_text("+dW1 = x.T @ (dh * (1 - h ** 2))")
    page.locator(".cm-wrong").click()
    page.keyboard.press("End")
    page.keyboard.type("  # mine")
    expect(page.locator(".cm-wrong")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("textbox", name="Your backward pass")).to_contain_text("# mine")


def test_of_a_kata_that_asks_for_many_gradients_the_first_of_them_can_be_checked_alone(page, host):
    at(page, host, "kata/diamond")
    upto = page.get_by_role("combobox", name="Which gradients to check")
    upto.select_option("y")
    run(page, "def backward(a, b, u, p, q, y):\n    y.grad = 1.0\n")
    expect(verdict(page)).to_have_text("Right up to y: 1 of 6.")
    expect(upto).not_to_have_value("y")
    page.get_by_role("button", name="Run").click()
    expect(verdict(page)).to_have_class(re.compile("failed"))
    expect(page.locator(".row.missing")).to_have_count(1)


def test_a_derivation_is_typed_line_by_line_and_is_there_again_when_one_comes_back(page, host):
    """Python's own answers are put in: NumPy is no part of the page."""
    page.expose_function("answer", Session(Course(), lambda dot: "").handle)
    page.evaluate("window.handgrad.ready.then(engine => { engine.ask = answer; })")
    at(page, host, "paper/one_go")
    line = page.get_by_role("textbox", name="The next line")
    line.fill("e*dp")
    line.press("Enter")
    expect(verdict(page)).to_contain_text("That does not follow from line 1.")
    page.get_by_role("button", name="Show a way on").click()
    expect(page.locator(".derivation li")).to_have_count(2)
    line.fill("p - y")
    line.press("Enter")
    expect(verdict(page)).to_have_text("It follows. That is the line for one_go.py.")
    at(page, host, "course")
    expect(at(page, host, "paper/one_go").locator(".derivation li")).to_have_text(
        ["dz = e*de", re.compile("dz = .+"), "dz = p - y"]
    )
    at(page, host, "course")  # which asks for no NumPy once Python itself answers again
    page.reload()


def test_a_browser_without_webassembly_is_told_so(browser, host):
    with page_of(browser) as page:
        page.add_init_script("delete window.WebAssembly")
        page.goto(host.address)
        expect(page.get_by_role("alert")).to_contain_text("WebAssembly")
        expect(page.get_by_role("heading", name="Backpropagation by hand")).to_be_visible()


PLACES = ("", "course", "kata/diamond", "own", "paste", "practice", "softmax")
WITHOUT_SHEET = ("course", "own", "paste")


def whole(page, host, place):
    """Go to a place, and wait until all of it is there: what is asked of Python is answered."""
    at(page, host, place)
    expect(page.locator("h1").first).to_be_visible()
    if place not in WITHOUT_SHEET:
        expect(page.locator(".sheet-place .hg-sheet[data-ready]")).to_be_visible()


CONTRAST = {"runOnly": ["color-contrast"]}
"""What else axe asks is the same in the dark."""


@pytest.mark.drawn(0, rest=2)
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_serious_on_any_page_light_or_dark(page, host, place):
    found = {}
    whole(page, host, place)
    if place == "kata/diamond":
        run(page, "def backward(a, b, u, p, q, y):\n    y.grad = -1.0\n")
        expect(page.locator(".row.wrong")).to_be_visible()
        expect(box(page, "y")).to_have_accessible_description("wrong")
    for scheme, options in (("light", {}), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        with passing_time(page):  # which axe waits for
            rules = Axe().run(page, options=options).response["violations"]
        found[scheme] = [
            (rule["id"], rule["nodes"][0]["html"]) for rule in rules if rule["impact"] in ("serious", "critical")
        ]
    page.emulate_media(color_scheme="light")
    assert not any(found.values()), found


def test_a_phone_shows_all_of_it_without_scrolling_sideways(page, host):
    page.set_viewport_size({"width": 390, "height": 844})
    wide = []
    for place in PLACES:
        whole(page, host, place)
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide.append(place)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert wide == []


def test_on_a_phone_the_menu_of_a_riddle_covers_none_of_its_graph(page, host):
    page.set_viewport_size({"width": 390, "height": 844})
    whole(page, host, f"challenge/7/{quote('L = a*b')}")
    menu, graph = (page.locator(place).bounding_box() for place in (".hg-menu > summary", ".hg-pan"))
    page.set_viewport_size({"width": 1280, "height": 800})
    assert graph["y"] >= menu["y"] + menu["height"]


def test_on_a_phone_the_graph_of_the_start_page_is_as_wide_as_the_screen(browser, host):
    with page_of(browser, viewport={"width": 390, "height": 844}) as page:
        page.goto(host.address)
        expect(page.locator(".hg-canvas")).to_have_attribute("style", re.compile(r"scale\("))
        assert page.locator(".hg-pan").evaluate("it => it.scrollWidth - it.clientWidth") <= 2


@pytest.fixture(scope="module")
def one_file(course, built, tmp_path_factory):
    """Writes the page as one file of parts that are built already."""

    def write(chosen=None):
        file = tmp_path_factory.mktemp("single") / "page.html"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(site, "build", lambda archive: {**built[1], "library.zip": archive})
            single.write_single(file, course, chosen)
        return file

    return write


@DEAR
def test_one_file_opens_from_a_disk_and_judges_a_program(browser, one_file):
    with page_of(browser) as page:
        page.goto(f"{one_file().as_uri()}#/kata/add")
        run(page, RIGHT)
        expect(verdict(page)).to_contain_text("Passed")


@DEAR
def test_a_hand_out_shows_the_graph_of_a_teachers_file(browser, one_file, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from handgrad import Value, manual\nwith manual():\n    x = Value(3.0)\n    L = x * x\n")
    with page_of(browser) as page:
        page.goto(one_file(handout(str(file), None)).as_uri())
        expect(page.get_by_role("heading", name="L of mine.py")).to_be_visible()
        enter(page, "L", "1")
        expect(box(page, "L")).to_have_accessible_description("correct")
