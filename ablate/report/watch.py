"""A study's page while its sweep runs: a local server that reads the store and nothing else, and writes nothing."""

from __future__ import annotations

import html
import threading
import time
import warnings
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ablate.core import filesystem
from ablate.core.errors import AblateError
from ablate.core.filesystem import Place

HOST = "127.0.0.1"
REFRESH = 5
"""Seconds between two loads of the page in the browser."""

SHARE = 0.2
"""The page is made anew at most for this share of the time: watching takes little from the sweep."""


@dataclass(kw_only=True)
class Board:
    """The page as it was last made, and the shards it was made from; shared by all requests."""

    folder: Place
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen: tuple[str, ...] | None = None
    text: str = ""
    not_before: float = 0.0

    def page(self) -> str:
        """The page of what is stored now; made anew only if the store has changed, by one request at a time."""
        with self.lock:
            now = time.monotonic()
            shards = _shards(self.folder)
            if shards != self.seen and now >= self.not_before:
                self.text = _page(self.folder)
                self.seen = shards
                self.not_before = time.monotonic() + (time.monotonic() - now) / SHARE
            return self.text


def server(folder: str | Place, port: int = 0) -> ThreadingHTTPServer:
    """A server of the study's page on this machine alone; port 0 takes a free one. Call `serve_forever` on it.

    Raises:
        OSError: the port is taken.
    """
    board = Board(folder=filesystem.place(folder))

    class Handler(BaseHTTPRequestHandler):
        """Answers `/` and nothing else: no file of the machine can be asked for."""

        def do_GET(self) -> None:
            """The page."""
            # A page elsewhere that makes its name point here would still name itself as the host.
            name = self.headers.get("Host", "").rsplit(":", 1)[0]
            if name not in (HOST, "localhost"):
                self.send_error(403)
            elif self.path != "/":
                self.send_error(404)
            else:
                self._send(board.page().encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing: the terminal is the sweep's."""

    found = ThreadingHTTPServer((HOST, port), Handler)
    found.daemon_threads = True
    return found


def _shards(folder: Place) -> tuple[str, ...]:
    """What the store holds, by name: shards are never changed, so names are enough."""
    try:
        return tuple(name for name in filesystem.listed(folder / "shards") if name.endswith(".parquet"))
    except OSError:
        return ()


def _page(folder: Place) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return live(folder)
    except AblateError as error:
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="refresh" content="{REFRESH}"><title>waiting</title></head>'
            f"<body><p>No trials yet. {html.escape(str(error))}</p></body></html>"
        )


def live(folder: Place) -> str:
    """The page of what is stored now: first screen, settings, two factors, levels, failures; no files beside it.

    Raises:
        StoreError: there are no trials yet.
    """
    from ablate.core.errors import StoreError
    from ablate.report import folder as folder_of
    from ablate.report import heat, page, pictures, sections
    from ablate.results import study_results as own_results

    found = own_results.load(folder)
    if not len(found.trials):
        raise StoreError("The sweep has not stored a trial of this study.")
    material = folder_of.material(found, ())
    parts = [sections.level_rates(material), sections.broken(material)]
    shown = [(part, [pictures.draw(each) for each in part.pictures]) for part in parts]
    maps = [heat.blocks(stratum) for stratum in material.strata]
    content = page.page(material, pictures.draw(sections.glance(material)), [], shown, maps)
    return page.html(content, refresh=REFRESH)
