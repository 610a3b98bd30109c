"""Words of servers that the tests cannot have: certificates, access lists, other versions."""

import pytest

from auditor.doctor.causes import CAUSES, cause_of
from auditor.doctor.connections import reached, unreachable
from auditor.stores.catalogue import Server
from checks.model.diagnosis import Level

AT = 'connection to server at "db", port 5432 failed: '


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('could not translate host name "shop" to address: Name or service not known', "host"),
        (f"{AT}No route to host", "network"),
        (f"{AT}Operation timed out", "network"),
        (f"{AT}SSL error: certificate verify failed", "tls"),
        (f'{AT}root certificate file "/root.crt" does not exist', "tls"),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "::1", user "a", database "b", no encryption', "tls"),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "::1", user "a", database "b", SSL encryption', "admission"),
        (f'{AT}FATAL:  pg_hba.conf rejects connection for host "::1", user "a", database "b"', "admission"),
        (f'{AT}FATAL:  role "auditor" does not exist', "role"),
        (f"{AT}FATAL:  sorry, too many clients already", "slots"),
        (f"{AT}FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "slots"),
        (f"{AT}FATAL:  the database system is starting up", "starting"),
    ],
)
def test_the_words_of_a_driver_show_the_cause(words: str, code: str) -> None:
    cause = cause_of(words)
    assert cause is not None
    assert cause.code == code


def test_words_that_nobody_has_met_are_passed_on_whole() -> None:
    line = unreachable("shop", "Passwort-Authentifizierung fehlgeschlagen")
    assert (line.level, line.message) == (Level.FAILURE, "Passwort-Authentifizierung fehlgeschlagen")
    assert line.advice == "look up what the server says, and correct the url in [stores.shop]"


def test_an_old_server_is_a_warning() -> None:
    line = reached("shop", Server(described="PostgreSQL 13.4", major=13))
    assert (line.level, line.advice) == (Level.WARNING, "audits need PostgreSQL 14 or later: upgrade the server")


def test_every_cause_says_what_to_do() -> None:
    assert all(cause.code and cause.advice for cause in CAUSES)
