"""Serving the pages: gunicorn with the application loaded once and shared by its workers."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication

from directory import create_app
from directory.config import Settings


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
        "when_ready": _say_address,
        # Gunicorn's own heartbeat file; a folder on disk can stall a worker.
        "worker_tmp_dir": None,
    }
    PageServer(settings, options).run()


def _say_address(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        host, port = listener.getsockname()[:2]
        print(f"Serving on http://{host}:{port} (Ctrl+C stops)", flush=True)
