"""What must hold within a target of kind "http": an address, events that are named, and one way to show who asks.

No part of an address is shown in a message, since a password may stand anywhere in one.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from auditor.config.models import LogConfig
from auditor.config.problems import Location, Problem, quoted
from auditor.config.targets import AuthConfig, HttpTargetConfig, is_header
from auditor.config.templates import OF_BATCH, OF_CONFIG, OF_EVENT, placeholders, unknown_in, unknown_placeholders

OWN_HEADERS = frozenset({"idempotency-key", "auditor-redelivery", "content-length", "transfer-encoding", "connection"})
"""Headers that the auditor sets."""

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers that are secret always."""

_WAYS = ("'bearer'", "'user' and 'password'", "'header' and 'value'", "'certificate'")
_NO_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def problems(target: HttpTargetConfig, logs: Sequence[LogConfig]) -> Iterator[Problem]:
    """Every rule that a target breaks. ``logs``: what is read by those who are sent events by it."""
    here = ("redelivery", target.name)
    known = OF_BATCH + OF_EVENT
    yield from _url(target.url, (*here, "url"))
    yield from unknown_in((*here, "url"), target.url, known)
    for name, value in target.headers.items():
        yield from _header(name, value, target, (*here, "headers"))
        yield from unknown_in((*here, "headers", name), value, known)
    yield from unknown_in((*here, "body"), target.body, known)
    yield from _shape(target, here)
    yield from _against(target, logs, here)
    yield from _tls(target, here)
    if target.auth is not None:
        yield from _auth(target.auth, (*here, "auth"))


def _url(url: str, here: Location) -> Iterator[Problem]:
    if (fault := _fault_of(url)) is not None:
        yield Problem(here, fault, names_key=True)


def _fault_of(url: str) -> str | None:
    """What is wrong with an address, as a predicate without any part of it."""
    if not url.isprintable() or " " in url:
        return "has a blank or a control character (write it as %XX)"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "has no host and port that can be read (in a password, which belongs in 'auth', write %XX)"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if "@" in parts.netloc:
        return "has a user or a password, which belong in [redelivery.NAME.auth]"
    if not host or port == 0:
        return "has no host" if not host else "has a port that is no number from 1 to 65535"
    if unknown_placeholders(parts.netloc, OF_CONFIG):
        known = ", ".join(f"{{{each}}}" for each in OF_CONFIG)
        return f"has a host that goes by an event: it would choose who is told (known in a host: {known})"
    return None


def _header(name: str, value: str, target: HttpTargetConfig, here: Location) -> Iterator[Problem]:
    if not is_header(name):
        yield Problem((*here, name), f"'headers' has {quoted(name)}, which no header can be called")
    elif name.lower() in OWN_HEADERS:
        yield Problem((*here, name), f"'headers' has {quoted(name)}, which the auditor sets")
    elif name.lower() in SECRET_HEADERS:
        yield Problem((*here, name), f"'headers' has {quoted(name)}, which belongs in [redelivery.NAME.auth]")
    elif target.auth is not None and name.lower() == (target.auth.header or "").lower():
        yield Problem((*here, name), f"'headers' has {quoted(name)}, which 'auth' has, too")
    if not value.isprintable():
        yield Problem((*here, name), "has a line break or another control character", names_key=True)


def _shape(target: HttpTargetConfig, here: Location) -> Iterator[Problem]:
    """A request that names no event would ask for none, or for all."""
    used = _used(target)
    by_default = target.body is None and target.method not in _NO_BODY
    named = any(used.issuperset(words) for words in _naming(target))
    if not by_default and not named:
        ways = " or ".join(" and ".join(f"{{{word}}}" for word in words) for words in _naming(target))
        text = f"names no events: shape = {target.shape!r} needs {ways} in 'url', 'headers' or 'body'"
        yield Problem((*here, "body"), text, names_key=True)
    for key in ("accepted", "rejected"):
        if target.shape == "from-position" and getattr(target, key) is not None:
            yield Problem((*here, key), f"'{key}' means nothing where shape = \"from-position\": no event is named")


def _naming(target: HttpTargetConfig) -> list[tuple[str, ...]]:
    """The placeholders by which a request says which events are meant: all words of one of these."""
    match target.shape:
        case "range":
            return [("first", "last")]
        case "from-position":
            return [("from",), ("first",)]
        case _:
            return [("ids",), ("id",), ("positions",), ("position",), ("stream", "version")]


def _against(target: HttpTargetConfig, logs: Sequence[LogConfig], here: Location) -> Iterator[Problem]:
    used, by_default = _used(target), target.body is None and target.method not in _NO_BODY
    if len(logs) > 1 and used.isdisjoint(("log", "consumer")):
        names = ", ".join(quoted(log.name) for log in logs)
        text = f"needs {{log}} or {{consumer}}, here or in 'body': its consumers read different logs ({names})"
        yield Problem((*here, "url"), text, names_key=True)
    for log in logs:
        section = Problem(("logs", log.name, "name"), "").section()
        by_id = "ids" in used or "id" in used or (by_default and target.shape == "ids")
        if by_id and log.id is None:
            yield Problem((*here, "shape"), f"'shape' needs 'id' in {section}, to name its events by")
        by_position = not used.isdisjoint(("positions", "position", "first", "last", "from"))
        if by_position and log.partition and "partition" not in used and not by_default:
            text = f"needs {{partition}}: positions of {section} are counted per partition"
            yield Problem((*here, "body"), text, names_key=True)


def _used(target: HttpTargetConfig) -> frozenset[str]:
    return frozenset(placeholders([target.url, target.headers, target.body]))


def _tls(target: HttpTargetConfig, here: Location) -> Iterator[Problem]:
    if not target.tls_verify and target.tls_ca is not None:
        yield Problem((*here, "tls_ca"), "'tls_ca' means nothing where tls_verify = false: whoever answers is believed")
    if target.url.lower().startswith("http://"):
        for key, given in (("tls_ca", target.tls_ca is not None), ("tls_verify", not target.tls_verify)):
            if given:
                yield Problem((*here, key), f"'{key}' needs an 'url' with https://")
        if target.auth is not None and target.auth.certificate is not None:
            yield Problem((*here, "auth", "certificate"), "'certificate' needs an 'url' with https://")


def _auth(auth: AuthConfig, here: Location) -> Iterator[Problem]:
    given = auth.model_fields_set
    ways = [("bearer",), ("user", "password"), ("header", "value"), ("certificate", "key")]
    chosen = [way for way in ways if not given.isdisjoint(way)]
    if len(chosen) != 1:
        said = "has more than one way" if chosen else "has no way"
        key = next(iter(chosen[1])) if chosen else "bearer"
        yield Problem((*here, key), f"{said} to show who asks: give {', or '.join(_WAYS)}")
        return
    needed = chosen[0] if chosen[0] != ("certificate", "key") else ("certificate",)
    for key in needed:
        if key not in given:
            yield Problem((*here, key), f"needs the key {quoted(key)}, beside {quoted(next(iter(given)))}")
    if auth.header is not None and auth.header.lower() in OWN_HEADERS:
        yield Problem((*here, "header"), f"is {quoted(auth.header)}, which the auditor sets", names_key=True)
    yield from _secrets(auth, here)


def _secrets(auth: AuthConfig, here: Location) -> Iterator[Problem]:
    """What is empty shows nothing of who asks, and what cannot stand in a header cannot be sent."""
    for key in ("bearer", "user", "password", "value"):
        secret = getattr(auth, key)
        if secret is not None and not (secret.get_secret_value() or key == "password"):
            yield Problem((*here, key), "is empty", names_key=True)
        elif secret is not None and not secret.get_secret_value().isprintable():
            yield Problem((*here, key), "has a line break or another control character", names_key=True)
    if auth.user is not None and ":" in auth.user.get_secret_value():
        yield Problem((*here, "user"), "has a colon, which ends the name of a user", names_key=True)
