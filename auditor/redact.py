"""Keeps passwords out of whatever the auditor writes: output, logs, reports, errors.

Drivers echo what they cannot parse. libpq shows a whole malformed URL, or what it took for the port, the host or a
parameter although it was a piece of the password. So the auditor learns every store's URL as soon as it has read
one (:func:`learn`) and every token of a target (:func:`learn_secret`), and every message passes :func:`redact`.

Three kinds of text are hidden: what was learnt (a password, its other spellings, its pieces where a parser may have
cut it), what looks like a password in a URL, and what looks like ``password=…``. A password of one or two
characters is hidden only where it stands as a password or in quotes, one that is also the name of a user, host or
database only where it stands as a password: replaced everywhere it would turn a report into stars and hide nothing.

It is meant for messages. Documents with a syntax are made out of messages that have passed it already: a number
that happens to be a password must not turn JSON into something else. It does not hide what nobody told it about,
apart from the two shapes.
"""

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

STARS = "***"
"""What stands where a secret stood."""

_ANYWHERE = 6  # characters from which a secret is hidden even inside a longer word
_AS_A_WORD = 3  # characters from which it is hidden where it is a word of its own

_CUTS = re.compile(r"[@/:?#&=\s]+")
_KEYWORD = r"(?:ssl)?pass(?:word|wd|phrase)?|pwd"
_PARAMETER = rf"{_KEYWORD}|[\w-]*(?:token|secret|api_?key|signature|credentials?)"
_WELL_FORMED = re.compile(
    r"""(?P<scheme>[a-z][\w+.-]*)://
    (?: (?P<user>[^:/@?#\s]*) (?: : (?P<password>[^:/@?#\s]*) )? @ )?
    (?P<host>\[[0-9a-f:.%]*\]|[\w.,-]*) (?: :\d* (?:,[\w.-]+(?::\d*)?)* )?
    (?P<path>/[^@?\#]*)? (?: \?(?P<query>[\w.-]+=[^&\s]*(?:&[\w.-]+=[^&\s]*)*) )?""",
    re.IGNORECASE | re.VERBOSE,
)
_QUERY_SECRET = re.compile(rf"[?&](?:{_PARAMETER})=([^&]*)", re.IGNORECASE)
_KEYWORD_SECRET = re.compile(
    rf"""\b(?:{_KEYWORD})\s*=\s*(?:'((?:\\.|[^'\\])*)'?|(.+?)(?=\s+\w+\s*=|$))""", re.IGNORECASE | re.DOTALL
)

_URL_SHAPE = re.compile(r"""(://[^\s:/@"']*:)(?:[^\s"']*|(?!\d+\b)[^\n]*?)(@)""")
_QUERY_SHAPE = re.compile(rf"([?&](?:{_PARAMETER})=)[^&\s\"']+", re.IGNORECASE)
_KEYWORD_SHAPE = re.compile(
    rf"""(?<![\w?&])((?:{_KEYWORD})(?:\s*=\s*|["']\s*[:=]\s*))(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\s,;)'"]+)""",
    re.IGNORECASE,
)


class Redactor:
    """Secrets that were learnt, and how to hide them. The process has one: :func:`learn` and :func:`redact`."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._harmless: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, url: str) -> None:
        """Remember what is secret in the URL or connection string of a store, however malformed."""
        secrets, public = _take_apart(url)
        self._harmless.update(public)
        self._remember(secrets)

    def learn_secret(self, secret: str) -> None:
        """Remember a secret by itself: a token, a password that stands in no URL."""
        self._remember({secret})

    def _remember(self, secrets: Iterable[str]) -> None:
        self._secrets.update(spelling for secret in secrets for spelling in _spellings(secret))
        self._pattern = _compile(self._secrets, self._harmless) if self._secrets else None

    def redact(self, text: str) -> str:
        """``text`` with stars for every secret in it."""
        if self._pattern is not None:
            text = self._pattern.sub(STARS, text)
        text = _URL_SHAPE.sub(rf"\1{STARS}\2", text)
        text = _QUERY_SHAPE.sub(rf"\1{STARS}", text)
        return _KEYWORD_SHAPE.sub(rf"\1{STARS}", text)


def _take_apart(url: str) -> tuple[set[str], set[str]]:
    """The secrets of a connection string, and the words in it that are none."""
    queried = {secret for secret in _QUERY_SECRET.findall(url) if secret}
    if match := _WELL_FORMED.fullmatch(url):
        words = {match["scheme"], match["user"], match["host"], (match["path"] or "").strip("/")}
        return queried | {match["password"] or ""} - {""}, {word for word in words if word}
    keywords = {quoted or bare for quoted, bare in _KEYWORD_SECRET.findall(url)} - {""}
    secrets = queried | keywords | set(_between_user_and_host(url))
    pieces = {piece for secret in secrets for piece in _CUTS.split(secret) if piece}
    return secrets | pieces | {url}, set()


def _between_user_and_host(url: str) -> Iterator[str]:
    """What a malformed URL has between its first colon and its last ``@``: there the password must be."""
    authority = url.partition("://")[2] or url
    before, at, _ = authority.rpartition("@")
    if at and not authority.startswith("/"):
        yield before.partition(":")[2]


def _spellings(secret: str) -> set[str]:
    """A secret as typed, percent-decoded, percent-encoded, and as Python and JSON would quote it."""
    plain = {secret, unquote(secret), unquote_plus(secret)}
    encoded = {encode(text.encode("utf-8", "surrogatepass")) for text in plain for encode in (quote, quote_plus)}
    encoded |= {quote(text.encode("utf-8", "surrogatepass"), safe="") for text in plain}
    quoted = {repr(text)[1:-1] for text in plain} | {json.dumps(text)[1:-1] for text in plain}
    return (plain | encoded | quoted) - {""}


def _compile(secrets: Iterable[str], harmless: set[str]) -> re.Pattern[str]:
    """One pattern for all secrets, the longest first, so that a piece never spoils the whole."""
    return re.compile("|".join(_shape(secret, harmless) for secret in sorted(secrets, key=len, reverse=True)))


def _shape(secret: str, harmless: set[str]) -> str:
    """Where a secret is looked for: the shorter and the more ordinary, the fewer the places."""
    literal = re.escape(secret)
    as_password = rf"(?<=:){literal}(?=@)|(?<==){literal}(?!\w)"
    if secret in harmless:
        return as_password
    if len(secret) < _AS_A_WORD:
        return rf"{as_password}|(?<!\w){literal}(?=@)|(?<=[\"']){literal}(?=[\"'])"
    if len(secret) < _ANYWHERE:
        return rf"(?<!\w){literal}(?!\w)"
    return literal


_known = Redactor()
learn = _known.learn
learn_secret = _known.learn_secret
redact = _known.redact
