"""A static host of a folder on this machine, which counts what it sends."""

import functools
import http.server
import threading


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        """Nothing is packed on the way, as not every host does."""
        content = source.read()
        self.server.sent.append((self.path, len(content)))
        outputfile.write(content)


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A page that is left breaks connections off."""


class Host:
    """The host, by its address.

    Attributes:
        sent: each file that was sent, and its bytes.
    """

    def __init__(self, folder):
        self._server = _Server(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
        self.sent = self._server.sent = []
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
