"""Long lists of a result, cut into pieces that are kept once: most runs say what the run before said.

A list is cut where the content of an element says so. Whatever comes or goes at its beginning, the later cuts are the
same, and so are the pieces: a run every minute with ten thousand events missing costs what is new among them. A piece
belongs to one audit, whose runs are recorded one after the other.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select, update

from auditor.ledger.batches import batches
from auditor.ledger.failures import DamagedError
from auditor.ledger.packing import pack, unpack
from auditor.ledger.result_documents import Document
from auditor.ledger.schema import pieces

SHORT = 8
"""A list of so many elements stays where it is."""

_MEAN, _MOST = 128, 1024
_LARGE_EVIDENCE = 1_000
_LISTS = ("events", "ranges")
_SQL = "sql"


def take_out(document: Document) -> dict[str, Any]:
    """Put names of pieces in the place of long lists. Returns the pieces by name."""
    taken: dict[str, Any] = {}
    for audit in document["audits"]:
        for finding in _findings_of(audit):
            for key in _LISTS:
                if len(finding[key]) > SHORT:
                    finding[key] = {"pieces": _name_all(audit["name"], _cut(finding[key]), taken)}
            finding["evidence"] = _evidence(audit["name"], finding["evidence"], taken)
        for loss in audit["losses"]:
            for key in _LISTS:
                if len(loss[key]) > SHORT:
                    loss[key] = {"pieces": _name_all(audit["name"], _cut(loss[key]), taken)}
    return taken


def _evidence(audit: str, evidence: Mapping[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    """Its SQL by itself: ages are others in every run, the statements are not."""
    seen = {key: value for key, value in evidence.items() if key != _SQL}
    is_large = len(json.dumps(seen)) > _LARGE_EVIDENCE
    kept: dict[str, Any] = {"pieces": _name_all(audit, [seen], taken)} if is_large else {"whole": seen}
    return kept | ({_SQL: _name_all(audit, [evidence[_SQL]], taken)} if _SQL in evidence else {})


def names_in(document: Document) -> Iterator[str]:
    """The pieces that a document needs."""
    for finding in _findings(document):
        for key in (*_LISTS, "evidence"):
            if isinstance(finding[key], dict):
                yield from finding[key].get("pieces", ())
        yield from finding["evidence"].get(_SQL, ())
    for loss in _losses(document):
        for key in _LISTS:
            if isinstance(loss[key], dict):
                yield from loss[key]["pieces"]


def put_back(document: Document, found: Mapping[str, Any]) -> None:
    """Undo :func:`take_out`. KeyError: a piece is missing."""
    for finding in _findings(document):
        for key in _LISTS:
            if isinstance(finding[key], dict):
                finding[key] = [element for name in finding[key]["pieces"] for element in found[name]]
        evidence = finding["evidence"]
        seen = evidence["whole"] if "whole" in evidence else found[evidence["pieces"][0]]
        finding["evidence"] = seen if _SQL not in evidence else seen | {_SQL: found[evidence[_SQL][0]]}
    for loss in _losses(document):
        for key in _LISTS:
            if isinstance(loss[key], dict):
                loss[key] = [element for name in loss[key]["pieces"] for element in found[name]]


def write(connection: Connection, started: datetime, wanted: Mapping[str, Any]) -> None:
    """Keep pieces, for as long as a run is there that began then."""
    for batch in batches(wanted):
        here = pieces.c.name.in_(batch)
        known = set(connection.execute(select(pieces.c.name).where(here)).scalars())
        connection.execute(update(pieces).where(here, pieces.c.needed < started).values(needed=started))
        if new := [
            {"name": name, "needed": started, "body": pack(wanted[name])} for name in batch if name not in known
        ]:
            connection.execute(insert(pieces), new)


def read(connection: Connection, names: Iterable[str]) -> dict[str, Any]:
    """Pieces by their names. DamagedError: one cannot be read."""
    found: dict[str, Any] = {}
    for batch in batches(names):
        statement = select(pieces.c.name, pieces.c.body).where(pieces.c.name.in_(batch))
        found |= {name: unpack(body) for name, body in connection.execute(statement)}
    return found


def whole(connection: Connection, body: bytes) -> Document:
    """The document that a run was kept as, with all its pieces. DamagedError: it is not what was kept."""
    document: Document = unpack(body)
    try:
        put_back(document, read(connection, set(names_in(document))))
    except (KeyError, TypeError, IndexError) as error:
        raise DamagedError("a document in it is damaged") from error
    return document


def _findings(document: Document) -> Iterator[Document]:
    for audit in document["audits"]:
        yield from _findings_of(audit)


def _losses(document: Document) -> Iterator[Document]:
    """Runs that were recorded before there were any have none."""
    for audit in document["audits"]:
        yield from audit.get("losses", ())


def _findings_of(audit: Document) -> Iterator[Document]:
    yield from audit["findings"]
    yield from (known["finding"] for known in audit.get("known", ()))


def _cut(elements: list[Any]) -> Iterator[list[Any]]:
    piece: list[Any] = []
    for element in elements:
        piece.append(element)
        if len(piece) == _MOST or zlib.crc32(json.dumps(element).encode()) % _MEAN == 0:
            yield piece
            piece = []
    if piece:
        yield piece


def _name_all(audit: str, parts: Iterable[Any], taken: dict[str, Any]) -> list[str]:
    names = []
    for part in parts:
        name = sha256(json.dumps([audit, part]).encode()).hexdigest()
        taken[name] = part
        names.append(name)
    return names
