"""Serving the pages: gunicorn with the application loaded once and shared by its workers."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from directory import create_app
from directory.config import Settings


class DiscreetLog(Logger):  # type: ignore[misc]
    """Gunicorn's error log without a word of any request: its own messages quote addresses and request lines."""

    def exception(self, _msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """The kind of the error and the lines it came through, in place of the message and the error's words."""
        kind, _error, trace = sys.exc_info()
        steps = " < ".join(f"{step.filename}:{step.lineno}" for step in reversed(traceback.extract_tb(trace)))
        self.error_log.error("%s at %s", kind.__name__ if kind else "Error", steps)

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """A warning; of one about a request only that there was one."""
        if "request" in str(msg).lower():
            msg, args = "A request could not be read and was refused.", ()
        super().warning(msg, *args, **kwargs)


class PageServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn around one application. It keeps no access log: an address holds what was searched."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings = settings
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self.settings)


def serve_pages(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until interrupted. `port` 0 takes any free port; the address is printed when it answers."""
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "preload_app": True,
        "accesslog": None,
        "loglevel": "warning",
        "logger_class": DiscreetLog,
        "when_ready": _say_address,
        # Gunicorn's own heartbeat file; a folder on disk can stall a worker.
        "worker_tmp_dir": None,
    }
    PageServer(settings, options).run()


def _say_address(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        host, port = listener.getsockname()[:2]
        print(f"Serving on http://{host}:{port} (Ctrl+C stops)", flush=True)
