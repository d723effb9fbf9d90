"""Serve a study's page while its sweep runs: a local server that only reads the store."""

from __future__ import annotations

import html
import sys
import threading
import time
import warnings
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from ablate.core import filesystem
from ablate.core.errors import AblateError, StoreError
from ablate.core.filesystem import Place
from ablate.report import page, pictures, remedy_rows
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import failures, rates
from ablate.results import study_results

HOST = "127.0.0.1"
REFRESH = 5
"""Seconds after which the browser loads the page again."""

IDLE = 10.0
"""Seconds after which a connection is closed on which a client sends nothing."""

SHARE = 0.2
"""The largest share of the time in which the page is made: watching takes little from the sweep."""


@dataclass(kw_only=True)
class Board:
    """The page as it was last made, and the shards it was made from; all requests share it."""

    folder: Place
    lock: threading.Lock = field(default_factory=threading.Lock)
    shards: tuple[str, ...] | None = None
    text: str = ""
    not_before: float = 0.0

    def page(self) -> str:
        """Return the page of what is stored; one request at a time makes it anew, if the store has changed."""
        with self.lock:
            now = time.monotonic()
            shards = _shards(self.folder)
            if shards != self.shards and now >= self.not_before:
                self.text = _page(self.folder)
                self.shards = shards
                self.not_before = time.monotonic() + (time.monotonic() - now) / SHARE
            return self.text


class Server(ThreadingHTTPServer):
    """A server of one board."""

    daemon_threads = True

    def __init__(self, board: Board, port: int) -> None:
        super().__init__((HOST, port), Handler)
        self.board = board

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Ignore a client that closed its connection: that is no error, and the terminal belongs to the sweep.

        Args:
            request: the connection, as the base class passes it.
            client_address: its other end.
        """
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answer `/` and nothing else: no file of the machine can be asked for."""

    timeout = IDLE
    server: Server

    def do_GET(self) -> None:
        """Send the page."""
        # A foreign site may let its name point to this machine; its pages' requests then carry that name, and are
        # refused.
        name = self.headers.get("Host", "").rsplit(":", 1)[0]
        if name not in (HOST, "localhost"):
            self.send_error(403)
        elif self.path != "/":
            self.send_error(404)
        else:
            self._send(self.server.board.page().encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: the terminal belongs to the sweep."""


def server(folder: str | Place, port: int = 0) -> Server:
    """Return a server of the study's page for this machine alone; call `serve_forever` on it.

    Args:
        folder: the study's folder.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    return Server(Board(folder=filesystem.place(folder)), port)


def _shards(folder: Place) -> tuple[str, ...]:
    """Return the names of the shards in the store; their names are enough, since shards never change."""
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
    """Return the page of what is stored now: first screen, settings, two factors, levels, failures.

    Raises:
        StoreError: there are no trials yet.
    """
    results = study_results.load(folder)
    if not len(results.trials):
        raise StoreError("The sweep has not stored a trial of this study.")
    inputs = section_inputs(results)
    made = [
        (section, [pictures.draw(picture) for picture in section.pictures])
        for section in (rates.section(inputs), failures.section(inputs))
    ]
    content = page.Content(
        inputs=inputs,
        glance=pictures.draw(rates.glance(inputs)),
        remedies=remedy_rows.remedy_table(inputs),
        heats=[],
        sections=made,
    )
    return page.html(content, refresh=REFRESH)
