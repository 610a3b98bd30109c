"""Nobody is believed without a certificate, unless the config says so; and whoever asks may show one, too."""

from pathlib import Path
from typing import Any

import pytest

from auditor.errors import AuditorError
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.batches import batch_of, parcel
from tests.auditor.redelivery.http_targets import opened, outcomes, sent
from tests.auditor.redelivery.servers import CERTIFICATES, answering, serving, tls_of_server

BATCH = batch_of(parcel(1))
SERVER, CLIENT = str(CERTIFICATES / "server.pem"), str(CERTIFICATES / "client.pem")
CLIENTS_KEY = str(CERTIFICATES / "client.key")


def test_who_is_not_trusted_is_told_nothing() -> None:
    with serving(answering(200), tls=tls_of_server()) as server:
        (answer,) = sent(BATCH, server.url, retries=1)
    assert answer.outcome == Outcome.FAILED
    assert "CERTIFICATE_VERIFY_FAILED" in answer.detail
    assert (server.asked, server.lines) == ([], 2)


@pytest.mark.parametrize("keys", [{"tls_ca": SERVER}, {"tls_verify": False}, {"tls_ca": SERVER, "tls_verify": False}])
def test_who_is_trusted_by_the_config_is_asked(keys: dict[str, Any]) -> None:
    with serving(answering(200), tls=tls_of_server()) as server:
        assert outcomes(sent(BATCH, server.url, **keys)) == [Outcome.ACCEPTED]


def test_another_servers_certificate_is_not_enough() -> None:
    with serving(answering(200), tls=tls_of_server()) as server:
        assert outcomes(sent(BATCH, server.url, tls_ca=CLIENT, retries=0)) == [Outcome.FAILED]
        elsewhere = server.url.replace("127.0.0.1", "127.0.0.2")
        assert outcomes(sent(BATCH, elsewhere, tls_ca=SERVER, retries=0)) == [Outcome.FAILED]
    assert server.asked == []


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_text(Path(CLIENT).read_text() + Path(CLIENTS_KEY).read_text())
    with serving(answering(200), tls=tls_of_server(client=Path(CLIENT))) as server:
        for auth in ({"certificate": CLIENT, "key": CLIENTS_KEY}, {"certificate": str(both)}):
            assert outcomes(sent(BATCH, server.url, tls_ca=SERVER, auth=auth)) == [Outcome.ACCEPTED]
    assert len(server.asked) == 2


def test_without_the_certificate_that_is_wanted_nothing_is_done() -> None:
    with serving(answering(200), tls=tls_of_server(client=Path(CLIENT))) as server:
        (answer,) = sent(BATCH, server.url, tls_ca=SERVER, retries=0)
    # By TLS 1.3 the refusal comes after the request was written.
    assert answer.outcome in {Outcome.FAILED, Outcome.UNKNOWN}
    assert server.asked == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"tls_ca": "/nowhere/ca.pem"},
            "cannot read trusted certificates (/nowhere/ca.pem): No such file or directory",
        ),
        ({"tls_ca": CLIENTS_KEY}, f"cannot read trusted certificates ({CLIENTS_KEY}): "),
        (
            {"auth": {"certificate": "/nowhere/me.pem"}},
            "cannot read a client certificate and its key (/nowhere/me.pem)",
        ),
        ({"auth": {"certificate": CLIENT}}, f"cannot read a client certificate and its key ({CLIENT}): "),
        (
            {"auth": {"certificate": CLIENT, "key": str(CERTIFICATES / "server.key")}},
            f"cannot read a client certificate and its key ({CLIENT} and {CERTIFICATES / 'server.key'}): ",
        ),
        (
            {"auth": {"certificate": CLIENT, "key": str(CERTIFICATES / "encrypted.key")}},
            f"({CLIENT} and {CERTIFICATES / 'encrypted.key'}): ",
        ),
    ],
)
def test_files_that_cannot_be_used_are_told_before_anything_is_sent(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(AuditorError) as refused, opened("https://shop.invalid", **keys):
        pass
    assert refused.value.message.startswith("target 'api': ")
    assert message in refused.value.message


def test_trusted_certificates_of_the_environment_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(AuditorError, match="SSL_CERT_FILE"), opened("https://shop.invalid"):
        pass
