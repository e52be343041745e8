"""Who may ask the sheet's server, and what it answers the others."""

import http.client
import json
import socket
import threading
import webbrowser

import pytest

from handgrad import viz
from handgrad.viz.sheet import page
from handgrad.viz.sheet.server import MOST_CONNECTIONS, ServerError, SheetServer

from ..graphs import lecture


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    """A folder of its own for what is kept from one start to the next."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def server():
    with SheetServer(viz.sheet(lecture())) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.shutdown()


def request(server, method, path, body=None, **headers):
    """The status, the headers and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request(method, path, body, {"Host": f"127.0.0.1:{server.server_port}", **headers})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def path(server, name=""):
    return f"/{server.token}/{name}"


def test_the_address_is_on_this_machine_alone_and_cannot_be_guessed(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/{server.token}/"
    assert len(server.token) >= 16
    with SheetServer(viz.sheet(lecture())) as other:
        assert other.token != server.token


def test_a_message_is_answered(server):
    status, headers, content = request(server, "POST", path(server, "ask"), json.dumps({"do": "open"}))
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert json.loads(content)["type"] == "sheet"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "html"),
        ("sheet.js", "javascript"),
        ("main.js", "javascript"),
        ("boxes.js", "javascript"),
        ("sheet.css", "css"),
    ],
)
def test_the_page_and_its_parts_are_served_with_a_policy(server, name, kind):
    status, headers, content = request(server, "GET", path(server, name))
    assert (status, kind in headers["Content-Type"], len(content) > 100) == (200, True, True)
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
    ):
        assert rule in policy
    assert "unsafe" not in policy


def test_the_page_reads_without_a_script_and_has_none_in_it(server):
    content = request(server, "GET", path(server))[2].decode()
    for part in ("Fill in the gradient of each node", "<svg", "d = e + c, data 4; gradient: ", ">missing<"):
        assert part in content
    assert content.count("<script") == 1
    assert 'style="' not in content
    assert "onclick" not in content


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["", "x" * 32, "..", "%2e%2e"])
def test_a_wrong_or_missing_token_is_refused(server, method, token):
    assert 400 <= request(server, method, f"/{token}/ask", "{}")[0] < 500
    assert 400 <= request(server, method, f"/{token}", "{}")[0] < 500


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_name_of_the_host_is_refused(server, host, method):
    assert request(server, method, path(server, "ask" if method == "POST" else ""), "{}", Host=host)[0] == 403


def test_a_missing_name_of_the_host_is_refused(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.putrequest("GET", path(server), skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()


def test_a_page_from_elsewhere_is_refused(server):
    message = json.dumps({"do": "open"})
    assert request(server, "POST", path(server, "ask"), message, Origin="http://evil.example")[0] == 403
    own = f"http://127.0.0.1:{server.server_port}"
    assert request(server, "POST", path(server, "ask"), message, Origin=own)[0] == 200


def test_a_message_that_is_too_long_is_refused_and_its_sender_hears_so(server):
    message = json.dumps({"do": "fill", "node": "d", "text": "1" * 3_000_000})
    status, _, content = request(server, "POST", path(server, "ask"), message)
    assert (status, json.loads(content)["type"]) == (413, "error")


@pytest.mark.parametrize("message", ["", "{", "nan", "[" * 100_000, '{"do": NaN}', "\xff"])
def test_what_is_no_json_is_refused(server, message):
    assert request(server, "POST", path(server, "ask"), message.encode("latin-1"))[0] == 400


@pytest.mark.parametrize("length", [None, "-1", "many", "9" * 30])
def test_a_message_without_a_length_is_refused(server, length):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.putrequest("POST", path(server, "ask"))
    if length is not None:
        connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize("name", ["sheet.py", "../sheet.py", "..%2fsheet.py", "page.html", "ask"])
def test_nothing_else_is_served(server, name):
    assert 400 <= request(server, "GET", path(server, name))[0] < 500


def test_a_port_that_is_taken_is_an_error_in_words(server):
    with pytest.raises(ServerError, match=f"port {server.server_port}"):
        SheetServer(viz.sheet(lecture()), server.server_port)


def test_at_a_port_of_ones_choice_the_address_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with SheetServer(viz.sheet(lecture())) as free:
        port = free.server_port
    tokens = set()
    for _ in range(2):
        with SheetServer(viz.sheet(lecture()), port) as made:
            tokens.add(made.token)
    assert len(tokens) == 1
    assert (tmp_path / "handgrad" / "sheet-secret").stat().st_mode & 0o077 == 0


def test_started_again_at_its_port_it_has_the_same_address(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with SheetServer(viz.sheet(lecture())) as first:
        address, port = first.address, first.server_port
    with SheetServer(viz.sheet(lecture()), port) as again:
        assert again.address == address
        assert f"start it again at port {port}" in page.html(again.sheet)


def test_another_sheet_is_shown_at_the_same_address(server):
    other = lecture({"L": 1.0})
    other.label = "M"
    server.show(viz.sheet(other))
    content = json.loads(request(server, "POST", path(server, "ask"), json.dumps({"do": "open"}))[2])
    assert content["root"] == "M"


def test_an_answer_is_not_held_back_until_the_one_before_is_acknowledged(server):
    held_back = []

    class Handler(server.RequestHandlerClass):
        def do_POST(self):
            held_back.append(not self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().do_POST()

    server.RequestHandlerClass = Handler
    request(server, "POST", path(server, "ask"), "{}")
    assert held_back == [False]


def test_serving_prints_the_address_first_opens_it_and_ends_with_ctrl_c(monkeypatch, capsys):
    opened = []

    def interrupted(address):
        opened.append(address)
        raise KeyboardInterrupt

    monkeypatch.setattr(webbrowser, "open", interrupted)
    viz.sheet(lecture()).serve()
    printed = capsys.readouterr().out.splitlines()[0]
    assert opened[0].rpartition("/")[0] == printed.rstrip("/").rpartition("/")[0]
    assert printed not in opened[0]


def test_what_the_browser_is_started_with_leads_to_the_sheet_once_and_does_not_hold_its_token(server):
    address = server.address_to_open()
    assert server.token not in address
    ticket = "/" + address.rpartition("/")[2]
    status, headers, _ = request(server, "GET", ticket)
    assert (status, headers["Location"]) == (303, server.address)
    assert request(server, "GET", ticket)[0] == 403
    assert request(server, "POST", "/" + server.address_to_open().rpartition("/")[2], "{}")[0] == 403
    assert request(server, "GET", path(server))[0] == 200


def test_more_connections_than_a_browser_keeps_are_closed_and_free_places_are_used_again(server):
    silent = []
    for _ in range(MOST_CONNECTIONS):
        made = socket.create_connection(("127.0.0.1", server.server_port))
        made.sendall(b"GET /")  # a thread is at work on it once it is read
        silent.append(made)
    with socket.create_connection(("127.0.0.1", server.server_port)) as late:
        assert late.recv(1) == b""
    for made in silent:
        made.close()
    statuses = (_status_or_none(server) for _ in range(1000))
    assert next(status for status in statuses if status is not None) == 200


def _status_or_none(server):
    try:
        return request(server, "GET", path(server))[0]
    except (OSError, http.client.HTTPException):
        return None


def test_where_nothing_can_be_kept_the_address_is_a_new_one(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with SheetServer(viz.sheet(lecture())) as free:
        port = free.server_port
    with SheetServer(viz.sheet(lecture()), port) as made:
        assert len(made.token) >= 16
