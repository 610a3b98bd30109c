"""How one request is said, and whether it was: a request of which nobody knows may have been done.

Every request has a connection of its own: whether one that lay idle still stands shows only after something was
written to it. A redirect is an answer like others, for credentials would go with it to whoever it names.

The time of a request is one for everything, connecting and the answer's last byte together. A library's own limits
begin anew with each byte that comes, so a thread ends the connection of what takes too long.
"""

import logging
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer
from types import TracebackType
from typing import Any

import httpx

from auditor.config.targets import AuthConfig, HttpTargetConfig
from auditor.errors import AuditorError
from auditor.redact import redact
from auditor.redelivery.targets.http.answers import Reply
from auditor.redelivery.targets.http.requests import Request, UnfitError
from auditor.redelivery.targets.said import shown
from checks.wording import lasting


class _Redacted(logging.Filter):
    """httpx logs every address at INFO, and an address may hold a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


logging.getLogger("httpx").addFilter(_Redacted())

_NOISE = re.compile(r"^\[Errno -?\d+\] | \(_ssl\.c:\d+\)$")
"""What only the makers of a library can read anything out of."""

LONGEST_ANSWER = 2**20
"""Bytes of an answer that are read."""


class LostError(Exception):
    """Nobody answered, or not in full. ``sent``: whether anything of the request was written."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        """``reason``: one line, redacted."""
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Connection:
    """The way to one server. Raises AuditorError for certificates and proxies that cannot be used."""

    def __init__(self, config: HttpTargetConfig) -> None:
        self._limit = config.timeout
        try:
            self._client = httpx.Client(
                auth=_auth(config.auth),
                headers=_own_header(config.auth),
                verify=_tls(config),
                timeout=config.timeout.total_seconds(),
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            message = f"target {config.name!r}: a proxy that the environment names cannot be used: {shown(str(error))}"
            raise AuditorError(message) from None

    def word(self, request: Request) -> httpx.Request:
        """Make ready what is said, the same for every time. Raises UnfitError."""
        self._client.cookies.clear()  # or what a server said to one request would become part of the next
        try:
            return self._client.build_request(
                request.method,
                request.url,
                headers=[(name.encode(), value) for name, value in request.headers],
                content=request.content,
            )
        except (httpx.InvalidURL, ValueError) as error:
            message = f"'url' became no address: {shown(str(error))}"
            raise UnfitError(message) from None

    def say(self, request: httpx.Request) -> Reply:
        """Send it once. Raises LostError."""
        with _Watch(self._limit.total_seconds()) as watch:
            request.extensions = {**request.extensions, "trace": watch.trace}
            try:
                reply = self._said(request)
            except (httpx.HTTPError, httpx.StreamError, OSError, UnicodeError) as error:
                raise LostError(self._reason(error, watch, request.url), sent=watch.sent) from None
            if watch.is_over:  # an answer without a length ends where its connection does
                raise LostError(self._reason(None, watch, request.url), sent=True)
        return reply

    def close(self) -> None:
        """Give everything back."""
        self._client.close()

    def _said(self, request: httpx.Request) -> Reply:
        answer = self._client.send(request, stream=True)
        try:
            body = _body(answer)
        finally:
            answer.close()
        return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)

    def _reason(self, error: Exception | None, watch: "_Watch", url: httpx.URL) -> str:
        none = f"no connection to {shown(url.netloc.decode('ascii', 'replace'))}"
        if watch.is_over or isinstance(error, httpx.TimeoutException):
            return f"{'no answer' if watch.sent else none} within {lasting(self._limit)}"
        what = "the connection broke before all of the answer was there" if watch.sent else none
        return f"{what}: {shown(_NOISE.sub('', str(error))) or type(error).__name__}"


@dataclass(slots=True)
class _Watch:
    """Sees how far a request has come, and ends it in time. ``sent``: whether anything of it may have been written."""

    limit: float
    sent: bool = False
    is_over: bool = False
    _line: socket.socket | None = field(default=None, repr=False)
    _timer: Timer | None = field(default=None, repr=False)

    def trace(self, what: str, about: Mapping[str, Any]) -> None:
        """The steps of a request, as httpx tells them. What is said to a proxy before is none of the request's."""
        if what.endswith("connect_tcp.complete"):
            # A copy: TLS takes the first one over, and a connection ends for both.
            self._line = about["return_value"].get_extra_info("socket").dup()
            if self.is_over:
                self._end()
        elif what.endswith("send_request_headers.started"):
            self.sent = self.sent or about["request"].method != b"CONNECT"

    def _end(self) -> None:
        self.is_over = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "_Watch":
        self._timer = Timer(self.limit, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._line is not None:
            self._line.close()


def _body(answer: httpx.Response) -> bytes | None:
    """``None`` where it is too long, or encoded although nobody asked for that."""
    body = bytearray()
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            return None
    return bytes(body) if answer.headers.get("content-encoding", "identity") == "identity" else None


def _auth(auth: AuthConfig | None) -> httpx.Auth | None:
    if auth is None or auth.user is None:
        return None
    password = "" if auth.password is None else auth.password.get_secret_value()
    return httpx.BasicAuth(auth.user.get_secret_value(), password)


def _own_header(auth: AuthConfig | None) -> dict[str, str]:
    if auth is not None and auth.bearer is not None:
        return {"Authorization": f"Bearer {auth.bearer.get_secret_value()}"}
    if auth is not None and auth.header is not None and auth.value is not None:
        return {auth.header: auth.value.get_secret_value()}
    return {}


def _tls(config: HttpTargetConfig) -> ssl.SSLContext:
    auth = config.auth
    trusted = config.tls_ca if config.tls_verify else None
    with _reading(config, "trusted certificates", trusted or "where SSL_CERT_FILE and SSL_CERT_DIR point to"):
        if trusted is None:
            context = httpx.create_ssl_context(config.tls_verify)
        else:
            context = ssl.create_default_context(cafile=trusted)
    if auth is not None and auth.certificate is not None:
        files = auth.certificate if auth.key is None else f"{auth.certificate} and {auth.key}"
        with _reading(config, "a client certificate and its key", files):
            # Without a password OpenSSL would ask for that of a key on the terminal.
            context.load_cert_chain(auth.certificate, auth.key, password=lambda: "")
    return context


@contextmanager
def _reading(config: HttpTargetConfig, what: str, where: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # what is wrong with a certificate is an OSError, too
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        message = f"target {config.name!r}: cannot read {what} ({where}): {reason}"
        raise AuditorError(message) from error
