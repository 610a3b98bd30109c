"""Who asks is shown to the server, and to nobody else: in no detail, no error, no repr and no log."""

import logging
from base64 import b64encode
from typing import Any

import pytest

from auditor.errors import ConfigError
from auditor.redact import redact
from auditor.redelivery.targets.http import HttpTarget
from tests.auditor.redelivery.batches import batch_of, parcel
from tests.auditor.redelivery.http_targets import config_of, opened, sent
from tests.auditor.redelivery.servers import Asked, Exchange, serving, unused_port

BATCH = batch_of(parcel(1))
ECHOED = {"authorization", "x-api-key", "x-session-token", "x-id"}
BASIC = b64encode(b"kim:gurnard-86").decode()


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"bearer": "sturgeon-41"}, "authorization", "Bearer sturgeon-41"),
        ({"user": "kim", "password": "gurnard-86"}, "authorization", f"Basic {BASIC}"),
        ({"user": "kim"}, "authorization", "Basic " + b64encode(b"kim:").decode()),
        ({"header": "X-Api-Key", "value": "lamprey-53"}, "x-api-key", "lamprey-53"),
    ],
)
def test_credentials_are_shown_to_the_server(auth: dict[str, str], header: str, value: str) -> None:
    asked = echoed(auth=auth)[0]
    assert asked.headers[header] == value


def test_credentials_of_the_address_are_shown_to_the_server() -> None:
    asked, _ = echoed(user="kim:gurnard-86@")
    assert asked.headers["authorization"] == f"Basic {BASIC}"


def echoed(user: str = "", query: str = "", status: int = 400, **keys: Any) -> tuple[Asked, str]:
    """What a server was asked, and what is kept of it where the server says all of it again."""
    with serving(echoing(status)) as server:
        url = server.url.replace("://", f"://{user}") + query
        (answer,) = sent(BATCH, url, retries=0, **keys)
    return server.asked[0], answer.detail


def echoing(status: int) -> Any:
    def answer(exchange: Exchange) -> None:
        asked = exchange.read()
        secretive = {name: value for name, value in asked.headers.items() if name in ECHOED}
        said = f"{asked.path} {secretive}".encode()
        exchange.begin(status, {"Content-Length": str(len(said)), "X-Request-Id": asked.headers.get("x-id", "1")})
        exchange.wfile.write(said)

    return answer


@pytest.mark.parametrize(
    ("keys", "secrets"),
    [
        ({"auth": {"bearer": "sturgeon-41"}}, ["sturgeon-41"]),
        ({"auth": {"user": "kim", "password": "gurnard-86"}}, ["gurnard-86", BASIC]),
        ({"auth": {"header": "X-Api-Key", "value": "lamprey-53"}}, ["lamprey-53"]),
        ({"headers": {"X-Session-Token": "haddock-77"}}, ["haddock-77"]),
        ({"user": "kim:gurnard-86@"}, ["gurnard-86", BASIC]),
        ({"query": "/again?x=1&access_token=monkfish-12"}, ["monkfish-12"]),
        ({"auth": {"bearer": "sturgeon-41"}, "headers": {"X-Id": "sturgeon-41"}}, ["sturgeon-41"]),
    ],
)
@pytest.mark.parametrize("status", [400, 500, 429])
def test_no_secret_gets_into_what_is_kept_although_the_server_says_it(
    keys: dict[str, Any], secrets: list[str], status: int
) -> None:
    asked, detail = echoed(status=status, **keys)
    for secret in secrets:
        assert secret in f"{asked.path} {asked.headers}" or secret == "gurnard-86"
        assert secret not in detail
        assert "***" in detail


def test_no_secret_is_shown_of_a_target() -> None:
    with (
        unused_port() as port,
        opened(f"http://kim:gurnard-86@127.0.0.1:{port}/?token=monkfish-12", retries=0) as target,
    ):
        (answer,) = target.send(BATCH)
        shown = f"{target!r} {vars(target)!r} {answer!r} {target.warnings}"
    with opened("http://127.0.0.1", auth={"bearer": "sturgeon-41"}) as target:
        shown += f"{target!r} {vars(target)!r}"
    for secret in ("gurnard-86", "monkfish-12", "sturgeon-41"):
        assert secret not in redact(shown)
    assert "sturgeon-41" not in shown


def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echoed(user="kim:gurnard-86@", query="/again?access_token=monkfish-12", auth=None)
    echoed(auth={"bearer": "sturgeon-41"})
    assert "/again" in caplog.text
    for secret in ("gurnard-86", BASIC, "monkfish-12", "sturgeon-41"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "secret", ["", "sturgeon-41\n", " sturgeon-41", "sturgeon-41\r\nX-Admin: yes", "sturgeon-41\0", "störgeon-41"]
)
@pytest.mark.parametrize("key", ["bearer", "value"])
def test_what_no_header_can_hold_is_told_before_without_being_shown(secret: str, key: str) -> None:
    auth = {key: secret} | ({"header": "X-Api-Key"} if key == "value" else {})
    with pytest.raises(ConfigError, match=f"'{key}' of 'auth' is empty, or holds a line break") as refused:
        HttpTarget(config_of("https://shop", auth=auth)).prepare()
    assert "geon" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "keys", "message"),
    [
        (
            "https://shop",
            {"auth": {"bearer": "sturgeon-41"}, "headers": {"authorization": "haddock-77"}},
            "'headers' and 'auth' both set",
        ),
        (
            "https://shop",
            {"auth": {"header": "X-Key", "value": "lamprey-53"}, "headers": {"x-key": "lamprey-53"}},
            "'headers' and 'auth' both set 'X-Key'",
        ),
        ("https://kim:gurnard-86@shop", {"auth": {"bearer": "sturgeon-41"}}, "'url' and 'auth' both hold credentials"),
    ],
)
def test_credentials_are_said_once(url: str, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        HttpTarget(config_of(url, **keys)).prepare()
    assert message in refused.value.message


NOT_VERIFIED = "target 'api': 'tls_verify = false': whoever answers is believed, and given the credentials"
PLAIN = "target 'api': credentials go over http, where everybody on the way can read them"


@pytest.mark.parametrize(
    ("url", "keys", "warnings"),
    [
        ("https://shop", {"auth": {"bearer": "sturgeon-41"}}, []),
        ("https://shop", {"tls_verify": False}, [NOT_VERIFIED]),
        ("http://shop", {}, []),
        ("http://shop", {"auth": {"bearer": "sturgeon-41"}}, [PLAIN]),
        ("HTTP://shop", {"auth": {"user": "kim", "password": "gurnard-86"}}, [PLAIN]),
        ("http://kim:gurnard-86@shop", {}, [PLAIN]),
        ("http://shop", {"headers": {"X-Api-Key": "lamprey-53"}}, [PLAIN]),
        ("http://shop", {"headers": {"X-Token": "{plan}"}}, []),
        ("http://127.0.0.1:8080", {"auth": {"bearer": "sturgeon-41"}}, []),
        ("http://[::1]/", {"auth": {"bearer": "sturgeon-41"}}, []),
        ("http://localhost/", {"auth": {"bearer": "sturgeon-41"}}, []),
        ("http://[", {"auth": {"bearer": "sturgeon-41"}}, []),
        ("http://shop", {"auth": {"bearer": "sturgeon-41"}, "tls_verify": False}, [NOT_VERIFIED, PLAIN]),
    ],
)
def test_people_are_warned_of_what_gives_credentials_away(url: str, keys: dict[str, Any], warnings: list[str]) -> None:
    assert list(HttpTarget(config_of(url, **keys)).warnings) == warnings
