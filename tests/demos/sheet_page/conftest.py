"""One browser for all tests of the sheet's page, one tab for those that need none of their own, a server for each."""

import contextlib
import socket
import threading
from functools import cache

import pytest

from handgrad import viz
from handgrad.viz.sheet.layout import lay_out_with_graphviz
from handgrad.viz.sheet.server import SheetServer

from ..browser import Watched, chromium


@pytest.fixture(scope="package")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
def _tab(browser):
    tab = Watched(browser)
    yield tab
    tab.context.close()


@pytest.fixture
def page(_tab):
    """A tab that others have used before: another address than theirs keeps nothing of it."""
    yield _tab.page
    for other in _tab.context.pages:
        if other is not _tab.page:
            other.close()
    _tab.check()


class _Server(SheetServer):
    """A server whose end breaks its connections, as the end of its process would."""

    def __init__(self, *given):
        self.open = set()
        self.restored = threading.Event()
        super().__init__(*given)

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def answer(self, message):
        reply = super().answer(message)
        if message.get("do") == "restore":
            self.restored.set()
        return reply

    def stop(self):
        self.shutdown()
        self.server_close()
        for request in list(self.open):
            with contextlib.suppress(OSError):  # it has just been closed by its own thread
                request.shutdown(socket.SHUT_RDWR)


class Served:
    """A sheet that is served while a test runs; `restored` is set once a page has brought back what it shows."""

    def __init__(self, layout, target, *, port=0, **options):
        self.root = getattr(target, "root", target)
        self.sheet = viz.Sheet(target, layout=layout, **options)
        self._server = _Server(self.sheet, port)
        self.address, self.port = self._server.address, self._server.server_port
        self.restored = self._server.restored
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self._server.stop()


@pytest.fixture(scope="package")
def layout():
    """Graphviz, asked once for each graph."""
    return cache(lay_out_with_graphviz)


@pytest.fixture
def served(layout, monkeypatch, tmp_path):
    """Serves a sheet: served(target, **options)."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = []

    def serve(target, **options):
        made.append(Served(layout, target, **options))
        return made[-1]

    yield serve
    for one in made:
        one.stop()
