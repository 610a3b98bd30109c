"""The library's redelivery endpoint: whoever asks for events by their ids has them sent to a service again.

It reads each event from the library's own table, and the service takes it as it takes any: an event that it has
already it leaves alone. Nothing here is the auditor's, and nothing but Python is needed. The demo leaves this file
beside the databases that it kept; to have the endpoint back, at the address that auditor.toml names:

    python3 endpoint.py

It answers the very first request with 503 and ``Retry-After: 0``, as a server does that is just being started again.
"""

import json
import sqlite3
import sys
import tomllib
from collections.abc import Sequence
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
EVENTS = "SELECT position, event_id, member, type FROM happenings WHERE event_id = ?"
TAKES = {
    "accounts": "INSERT OR IGNORE INTO inbox (event_id, type) VALUES (:event_id, :type)",
    "statistics": "INSERT OR IGNORE INTO counted (position, member) VALUES (:position, :member)",
}
"""How each service notes down an event. Its id, or its position, is unique there: the same event twice is one."""

Row = dict[str, int | str]


def find(folder: Path, ids: Sequence[str]) -> list[Row]:
    """The events of these ids, as the library's table has them, in that order; without those that it has not."""
    with closing(sqlite3.connect(folder / "library.db")) as library:
        library.row_factory = sqlite3.Row
        rows = [library.execute(EVENTS, (id_,)).fetchone() for id_ in ids]
    return [dict(row) for row in rows if row is not None]


def deliver(folder: Path, service: str, events: Sequence[Row]) -> None:
    """Hand the events to a service, which notes them down."""
    with closing(sqlite3.connect(folder / f"{service}.db")) as database, database:
        database.executemany(TAKES[service], events)


class Endpoint(HTTPServer):
    """Listens on loopback for ``POST /redeliveries/SERVICE`` with ``{"ids": […]}``; a ``port`` of 0 is any free one.

    ``answers``: the statuses that it gave so far. OSError: the port is taken.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.answers: list[int] = []
        super().__init__((LOOPBACK, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        """Send again what is asked for, and say of each id whether that was done."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service = self.path.removeprefix("/redeliveries/")
        if not self.server.answers:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "just starting"}, retry_after="0")
        elif service not in TAKES:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "no such service"})
        else:
            ids = json.loads(body)["ids"]
            events = find(self.server.folder, ids)
            deliver(self.server.folder, service, events)
            known = [event["event_id"] for event in events]
            unknown = [id_ for id_ in ids if id_ not in known]
            self._answer(HTTPStatus.ACCEPTED, {"accepted": known, "rejected": unknown})

    def _answer(self, status: HTTPStatus, said: dict[str, object], *, retry_after: str | None = None) -> None:
        self.server.answers.append(status)
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (so it is called where it comes from)
        """Say nothing: what was asked and answered stands in the auditor's own log of redeliveries."""


def port_of(config: Path) -> int:
    """The port at which the auditor.toml looks for the endpoint."""
    url = tomllib.loads(config.read_text(encoding="utf-8"))["redelivery"]["library"]["url"]
    return urlsplit(url).port or 80


def main() -> None:
    """Listen until somebody presses Ctrl-C."""
    folder = Path(__file__).resolve().parent
    port = port_of(folder / "auditor.toml")
    try:
        endpoint = Endpoint(folder, port)
    except OSError as error:
        sys.exit(f"cannot listen on port {port} ({error}): put another one into auditor.toml")
    with endpoint:
        sys.stdout.write(f"listening on {LOOPBACK}:{port}, until Ctrl-C\n")
        sys.stdout.flush()
        try:
            endpoint.serve_forever()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
