"""The HTML of the pages: nothing loads but what is named, and nothing written in it ends it."""

import base64
import hashlib
import json
import re

import pytest

from handgrad.demos.sheet import lecture
from handgrad.demos.web import pages
from handgrad.viz.sheet import Sheet, page


@pytest.fixture
def sheet():
    chosen = lecture()
    return Sheet(chosen.graph, title=chosen.title)


def test_a_policy_names_all_that_may_load_and_forbids_the_rest():
    rules = dict(rule.split(" ", 1) for rule in pages.policy(script_src="'self'", worker_src="blob:").split("; "))
    assert rules == {
        "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "img-src": "data:",
        "script-src": "'self'", "worker-src": "blob:",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a();", "x = '</script>'", "if (a <!--b) {}", "\u2603"])
def test_a_script_that_stands_in_the_page_is_whole_and_allowed_by_what_is_in_it(text):
    element, allowed = pages.inline(text, ' type="module"')
    inner = re.fullmatch(r'<script type="module">(.*)</script>', element, re.DOTALL)[1]
    assert "</script" not in inner
    assert "<!--" not in inner
    digest = hashlib.sha256(inner.encode()).digest()
    assert allowed == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_facts_come_out_of_the_page_as_they_went_in():
    site = {"title": "</script><!-- & ", "bytes": 3}
    inner = re.fullmatch(r'<script type="application/json" id="site">(.*)</script>', pages.facts(site))[1]
    assert "</script" not in inner
    assert json.loads(inner.replace("<\\!--", "<!--")) == site


def test_a_title_is_text_and_the_rest_stands_as_it_is():
    parts = {"style": "<style>s</style>", "nav": "<nav>n</nav>", "content": "<p>c</p>", "script": "<script>x</script>"}
    document = pages.whole(title="<b> & b", policy="p", **parts)
    assert "<title>&lt;b&gt; &amp; b</title>" in document
    assert 'content="p"' in document
    assert all(part in document for part in parts.values())


def test_the_start_page_has_the_sheet_whole_and_says_how_many_katas_there_are(sheet):
    document = pages.start(sheet, 1234)
    assert "1234" in document
    assert pages.picture(sheet) in document
    assert page.content(sheet, sheet.narrow) in document


def test_every_page_is_in_the_navigation():
    assert re.findall(r'<a href="(#/\w+)">', pages.navigation()) == [address for address, _ in pages.NAVIGATION]
