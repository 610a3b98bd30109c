"""What a target shows of who it is, and what people should be warned of before it does."""

from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from auditor.config.targets import HttpTargetConfig
from auditor.errors import ConfigError

_SECRETIVE = ("auth", "token", "secret", "password", "api-key", "apikey", "cookie", "credential", "signature")


def secrets_of(config: HttpTargetConfig) -> Iterator[str]:
    """What must never be shown: credentials, as they are and as they are sent, and headers that look like some."""
    if config.auth is not None:
        for secret in (config.auth.bearer, config.auth.password, config.auth.value):
            if secret is not None:
                yield secret.get_secret_value()
        if config.auth.user is not None:
            yield _basic(config.auth.user.get_secret_value(), _password(config))
    for name, value in config.headers.items():
        if any(word in name.lower() for word in _SECRETIVE) and not value.startswith("{"):
            yield value
    parts = _parts(config.url)
    if parts is not None and parts.username and parts.password:
        yield _basic(unquote(parts.username), unquote(parts.password))


def check_credentials(config: HttpTargetConfig) -> None:
    """Raises ConfigError for what cannot be sent in a header, or would be sent twice, without showing it."""
    auth, parts = config.auth, _parts(config.url)
    if auth is None:
        return
    for key, secret in (("bearer", auth.bearer), ("value", auth.value)):
        if secret is not None and not _fits(secret.get_secret_value()):
            raise ConfigError(
                f"target {config.name!r}: '{key}' of 'auth' is empty, or holds a line break, a space at its ends or "
                "characters beyond ASCII"
            )
    name = auth.header if auth.bearer is None and auth.user is None else "Authorization"
    if name is not None and name.lower() in {header.lower() for header in config.headers}:
        raise ConfigError(f"target {config.name!r}: 'headers' and 'auth' both set {name!r}")
    if name is not None and parts is not None and parts.username is not None:
        raise ConfigError(f"target {config.name!r}: 'url' and 'auth' both hold credentials")


def warnings_of(config: HttpTargetConfig) -> tuple[str, ...]:
    """Sentences, without a full stop."""
    parts = _parts(config.url)
    plain = parts is not None and parts.scheme.lower() == "http" and not _is_loopback(parts.hostname or "")
    warnings = []
    if not config.tls_verify:
        warnings.append(
            f"target {config.name!r}: 'tls_verify = false': whoever answers is believed, and given the credentials"
        )
    if plain and next(secrets_of(config), None) is not None:
        warnings.append(f"target {config.name!r}: credentials go over http, where everybody on the way can read them")
    return tuple(warnings)


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _password(config: HttpTargetConfig) -> str:
    auth = config.auth
    return "" if auth is None or auth.password is None else auth.password.get_secret_value()


def _basic(user: str, password: str) -> str:
    """What a request says of the two, which is no encryption, only another spelling."""
    return b64encode(f"{user}:{password}".encode()).decode()


def _fits(secret: str) -> bool:
    return bool(secret) and secret.isascii() and secret.isprintable() and secret == secret.strip()
