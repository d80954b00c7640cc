"""A network that can be cut and mended: the server behind an address goes, and comes back."""

from __future__ import annotations

import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    """Writes no request lines."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


class Network:
    """A site that can be cut off."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.server: BaseWSGIServer = self._served(0)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def cut(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def mend(self) -> None:
        self.server = self._served(self.server.server_port)

    def _served(self, port: int) -> BaseWSGIServer:
        server = make_server("127.0.0.1", port, self.app, threaded=True, request_handler=Silent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server
