"""A producer's redelivery API on loopback, as a process of its own, that writes down whatever it is asked to send.

Each event that it accepts is a row of ``sent``, however often that happens; where it is prompt, the consumer has its
receipt before the answer. It takes its time before and after, so that whoever is killed is killed at any of them; where
it holds on, it never answers, so that whoever is killed then is killed with a request in flight.
"""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.auditor.cli.prepared import environment

_LONGEST_PAUSE = 0.004
_HELD = "held"
_START = "from tests.integration.recording_producer import serve; import sys; serve(sys.argv[1])"


@dataclass(frozen=True)
class Producer:
    """A running one. ``/prompt/FOLDER/CONSUMER`` delivers at once, ``/late/…`` does not; the folder has the shop."""

    port: int
    file: Path

    def url(self, how: str, folder: str) -> str:
        """Where the events of a shop are asked for."""
        return f"http://127.0.0.1:{self.port}/{how}/{folder}/{{consumer}}"

    @contextmanager
    def holding_on(self, folder: str, rows: int = 0) -> Iterator[None]:
        """What a shop asks for meanwhile is sent, and never answered: until whoever asks is gone.

        ``rows``: once so many of its events were sent, each as often as it was.
        """
        mark = self.file.parent / folder / _HELD
        mark.write_text(str(rows), encoding="utf-8")
        try:
            yield
        finally:
            mark.unlink()

    def sent(self, folder: str) -> Counter[str]:
        """How often each event of a shop was sent, by id."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            return Counter(id_ for (id_,) in connection.execute("SELECT id FROM sent WHERE folder = ?", (folder,)))


@contextmanager
def producing(root: Path) -> Iterator[Producer]:
    """A producer for all shops in the folders of ``root``."""
    file = root / "sent.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE sent (folder text, id text)")
    with subprocess.Popen(
        [sys.executable, "-c", _START, str(root)], env=environment({}), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield Producer(int(process.stdout.readline()), file)
        finally:
            process.kill()


def serve(root: str) -> None:
    """Answer requests, one after the other, until somebody ends the process."""
    pauses = random.Random(7)

    class Exchange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # whoever asked is gone
            time.sleep(pauses.uniform(0, _LONGEST_PAUSE))
            _, how, folder, _ = self.path.split("/")
            ids = json.loads(body)["ids"]
            _write(Path(root) / "sent.db", "INSERT INTO sent VALUES (?, ?)", [(folder, id_) for id_ in ids])
            if how == "prompt":
                shop = Path(root) / folder / "shop.db"
                _write(shop, "INSERT INTO inbox SELECT coalesce(max(seq), 0) + 1, ? FROM inbox", [(i,) for i in ids])
            if _is_held(Path(root), folder):
                self.rfile.read()
                return
            time.sleep(pauses.uniform(0, _LONGEST_PAUSE))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the standard library)
            """Say nothing."""

    class Server(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever was killed does not hear the answer."""

    server = Server(("127.0.0.1", 0), Exchange)
    print(server.server_port, flush=True)  # noqa: T201 (for whoever started it)
    server.serve_forever()


def _is_held(root: Path, folder: str) -> bool:
    mark = root / folder / _HELD
    if not mark.exists():
        return False
    with closing(sqlite3.connect(root / "sent.db", timeout=30)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM sent WHERE folder = ?", (folder,)).fetchone()
    return int(rows) >= int(mark.read_text(encoding="utf-8"))


def _write(file: Path, statement: str, rows: list[tuple[str, ...]]) -> None:
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        connection.executemany(statement, rows)
        connection.commit()
