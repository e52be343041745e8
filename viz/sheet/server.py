"""A page such as the sheet in a browser, served by this process to this machine alone."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import threading
import webbrowser
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from handgrad import HandgradError

from ..unpacking import find_text
from . import page
from .sendable import to_json

if TYPE_CHECKING:
    from .sheet import Sheet

HOST = "127.0.0.1"
LARGEST_MESSAGE = 1_000_000
"""Bytes of a message; a larger one is refused."""

MOST_DRAINED = 32_000_000
"""Bytes of a refused message that are read all the same, or its sender would not hear why."""

SECONDS = 60.0
"""How long a silent connection is kept."""

MOST_CONNECTIONS = 32
"""At once, each with a thread of its own; a browser keeps up to six to a page. One more is closed unheard."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_ASSETS = (
    "main.js", "sheet.js", "boxes.js", "maps.js", "memory.js", "pass.js", "picture.js", "share.js", "touch.js",
    "sheet.css",
)  # fmt: skip


class ServerError(HandgradError, OSError):
    """The page cannot be served."""

    def __init__(self, port: int, problem: str) -> None:
        self.port, self.problem = port, problem
        super().__init__(
            f"the page cannot be served at port {port}: {problem}. Leave --port out, and a free one is used."
        )

    def __str__(self) -> str:
        return str(self.args[0])


class LocalServer(ThreadingHTTPServer):
    """Answers at one address that nobody can guess; a foreign page cannot ask it, by whatever name it calls it.

    A page is given by `html`, `asset` and `answer`.

    Raises:
        ServerError: the port is taken, or may not be used.
    """

    daemon_threads = True  # an open page does not keep the process
    allow_reuse_address = os.name == "posix"  # elsewhere two servers at one port would hear one another's pages

    def __init__(self, port: int = 0) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise ServerError(port, getattr(error, "strerror", None) or str(error)) from error
        self.token = make_token(self.server_port)
        self._tickets: set[str] = set()
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def html(self) -> str:
        """Return the page."""
        raise NotImplementedError

    def asset(self, name: str) -> bytes | None:
        """Return one of the page's own files; None for no such file."""
        raise NotImplementedError

    def answer(self, message: Any) -> Any:
        """Return the reply to a message of the page."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def address_to_open(self) -> str:
        """Return an address that works once: other users of this machine may see what opens it."""
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return f"http://{HOST}:{self.server_port}/{ticket}"

    def takes(self, ticket: str) -> bool:
        """Return whether it is a ticket that nobody has used before."""
        try:
            self._tickets.remove(ticket)
        except KeyError:
            return False
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def run_beside(self) -> None:
        """Serve in a thread that ends with the process."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a connection that breaks off."""


class SheetServer(LocalServer):
    """Serves a sheet.

    Raises:
        ServerError: as of `LocalServer`.
    """

    def __init__(self, sheet: Sheet, port: int = 0) -> None:
        super().__init__(port)
        self.show(sheet)

    def show(self, sheet: Sheet) -> None:
        """Serve this sheet from here on; open pages go over to it."""
        self.sheet = sheet
        sheet.port = self.server_port

    def html(self) -> str:
        return page.html(self.sheet)

    def asset(self, name: str) -> bytes | None:
        return (find_text(page.BROWSER) / name).read_bytes() if name in _ASSETS else None

    def answer(self, message: Any) -> Any:
        """Return the sheet's reply; "next" goes on to the sheet that follows."""
        following = self.sheet.following
        is_next = isinstance(message, dict) and message.get("do") == "next"
        if following is None or not is_next or message.get("run", self.sheet.run) != self.sheet.run:
            return self.sheet.handle(message)
        self.show(following())
        return self.sheet.handle({"do": "state"})


def serve(sheet: Sheet, *, port: int = 0, open_browser: bool = True) -> None:
    """Serve until Ctrl-C; the address is printed first, at once."""
    with SheetServer(sheet, port) as server:
        print(server.address, flush=True)
        print("Ctrl-C ends it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            if open_browser:
                webbrowser.open(server.address_to_open())
            server.serve_forever(poll_interval=0.1)


def make_token(port: int) -> str:
    """Return the secret part of the address, which only its recipient knows.

    At a port it is the same each time, so that an open page goes on after the server was started there again: it is
    made of a secret in the user's own folder.
    """
    secret = _secret()
    if secret is None:
        return secrets.token_urlsafe(24)
    return hmac.new(secret, f"sheet {port}".encode(), hashlib.sha256).hexdigest()[:32]


def _secret() -> bytes | None:
    """Return 32 bytes that only this user can read, made if missing; None if they cannot be kept."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "handgrad"
    file = folder / "sheet-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # Windows would else write "\r\n" for a byte that is "\n".
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            handle = os.open(file, flags, 0o600)
            with os.fdopen(handle, "wb") as made:
                made.write(secrets.token_bytes(32))
        found = file.read_bytes()
    except OSError:
        return None
    return found if len(found) == 32 else None


class _Refused(Exception):
    """A request that is not answered, with its status."""


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    disable_nagle_algorithm = True  # else a body waits 40 ms until its headers are acknowledged
    server_version, sys_version = "handgrad", ""

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal is the learner's."""

    def do_GET(self) -> None:
        try:
            name = self._check_path()
            if name is None:
                self._answer(303, b"", "text/plain", {"Location": self.server.address})
            elif name == "":
                self._answer(200, self.server.html().encode(), "text/html")
            elif (content := self.server.asset(name)) is not None:
                self._answer(200, content, _KINDS[Path(name).suffix])
            else:
                self._refuse(404, "there is nothing here")
        except _Refused:
            return
        except HandgradError as error:
            self._answer(500, str(error).encode(), "text/plain")

    def do_POST(self) -> None:
        try:
            if self._check_path() != "ask":
                self._refuse(404, "there is nothing here")
            origin = self.headers.get("Origin")
            if origin is not None and origin.removeprefix("http://") not in self._hosts:
                self._refuse(403, "this is not the page's own request")
            message = self._message()
        except _Refused:
            return
        self._answer(200, to_json(self.server.answer(message)).encode(), "application/json")

    @property
    def _hosts(self) -> tuple[str, ...]:
        return f"{HOST}:{self.server.server_port}", f"localhost:{self.server.server_port}"

    def _check_path(self) -> str | None:
        """Return the path after the token; a one-time address is used up and gives None."""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            self._refuse(403, "this server has another name")
        if self.command == "GET" and self.server.takes(self.path.removeprefix("/")):
            return None
        _, token, *rest = f"{self.path.partition('?')[0]}//".split("/", 2)
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self._refuse(403, "the address is another one; it was printed when the sheet was started")
        return rest[0].rstrip("/")

    def _message(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 12:
            self._refuse(411, "a message states its length")
        if int(length) > LARGEST_MESSAGE:
            self._drain(int(length))
            self._refuse(413, "that message is too long")
        try:
            return json.loads(self.rfile.read(int(length)), parse_constant=_no_number)
        except (ValueError, RecursionError):
            self._refuse(400, "a message is JSON")

    def _drain(self, length: int) -> None:
        left = min(length, MOST_DRAINED)
        while left > 0:
            read = len(self.rfile.read(min(left, 65_536)))
            if not read:
                break
            left -= read

    def _refuse(self, status: int, reason: str) -> NoReturn:
        self.close_connection = True
        body = json.dumps({"type": "error", "message": reason}).encode()
        self._answer(status, body, "application/json")
        raise _Refused

    def _answer(self, status: int, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
