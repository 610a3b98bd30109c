"""No password of a store gets out, however malformed its URL is, and a report does not turn into stars either."""

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.redact import STARS, Redactor

PASSWORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="*"), min_size=1)
LONG = st.text(string.ascii_letters + string.digits + "!$,;~^ @:/?#'\"\\%=&[]{}äß", min_size=8, max_size=40)


def redacted(url: str, text: str) -> str:
    redactor = Redactor()
    redactor.learn(url)
    return redactor.redact(text)


@pytest.mark.parametrize(
    ("url", "echo", "secret"),
    [
        ("postgresql://u:p@ss@host:port/db", 'could not translate host name "ss@host" to address', "ss@host"),
        ("postgresql://u:p@ss@host:port/db", "invalid URL postgresql://u:p@ss@host:port/db", "p@ss"),
        ("postgresql://user:sec ret@h/db", 'unexpected character " " in "postgresql://user:sec ret@h/db"', "sec ret"),
        ("postgresql://user:sec ret@h/db", 'missing "=" after "ret@h/db"', "ret@"),
        ("postgresql://u:pa/ss@host/db", 'invalid integer value "pa" for connection option "port"', '"pa"'),
        ("postgresql://u:pass%zzword@h/db", 'invalid percent-encoded token: "pass%zzword"', "zzword"),
        ("postgresql://u:hun%40ter%2F2@h/db", "password is hun@ter/2 or hun%40ter%2F2", "ter"),
        ("postgresql://u:sturgeon@h/db", "{'password': 'sturgeon'}", "sturgeon"),
        ("postgresql://h/db?user=u&password=stur%20geon", "stur geon, stur+geon, stur%20geon", "geon"),
        ("host=h password='x y' dbname=d", "options: 'x y'", "x y"),
        ("host=h password=x yz dbname=d", 'missing "=" after "yz" in connection info string', "yz"),
        ("postgresql:/u:sturgeon@h/db", 'cannot parse "postgresql:/u:sturgeon@h/db"', "sturgeon"),
        ("u:sturgeon@h/db", "no scheme in u:sturgeon@h/db", "sturgeon"),
        ("sturgeon", "'sturgeon' is no URL", "sturgeon"),
        ("postgresql://u:it's@h/db", """ValueError("it's") and 'it\\'s'""", "it's"),
        ("postgresql://u:ab@h/db", "postgresql://u:ab@h/db", "ab@"),
    ],
)
def test_what_a_driver_echoes_of_a_learnt_url_is_hidden(url: str, echo: str, secret: str) -> None:
    assert secret in echo
    assert secret not in redacted(url, echo)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("tried postgresql://u:sturgeon@h/db", "sturgeon"),
        ("tried postgresql://u:stur@geon@h/db", "geon"),
        ("tried postgresql://u:stur geon@h/db", "geon"),
        ("https://h/feed?access_token=sturgeon&x=1", "sturgeon"),
        ("host=h password=sturgeon dbname=d", "sturgeon"),
        ("host=h password='stur geon' dbname=d", "geon"),
        ("""{"password": "stur geon"}""", "geon"),
    ],
)
def test_what_looks_like_a_password_is_hidden_without_having_been_learnt(text: str, secret: str) -> None:
    assert secret not in Redactor().redact(text)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://u:x@h/db", "consumer x has 7 events at next position 123"),
        ("postgresql://postgres:postgres@h/postgres", 'postgresql: role "postgres" does not exist'),
        ("postgresql://u:order@h/db", "no such table: orders"),
        ("postgresql://localhost:5432/shop?options=-c%20a%3Db", "shop, localhost and 5432 are no secrets"),
        ("sqlite:///home/me/shop.db", "unable to open sqlite:///home/me/shop.db"),
        ("postgresql://auditor@billing/billing", "billing: connected as auditor"),
    ],
)
def test_ordinary_words_stay_readable(url: str, text: str) -> None:
    assert redacted(url, text) == text


def test_a_url_keeps_everything_but_its_password() -> None:
    url = "postgresql://u:sturgeon@h:5432/db?sslmode=require"
    assert redacted(url, f"cannot reach {url}") == f"cannot reach postgresql://u:{STARS}@h:5432/db?sslmode=require"


@given(password=LONG, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_long_password_is_gone_wherever_it_stands_in_every_spelling(password: str, before: str, after: str) -> None:
    assume(password.strip() == password and password not in ("postgresql", "user", "host", "db"))
    encoded = quote(password, safe="")
    redactor = Redactor()
    redactor.learn(f"postgresql://user:{encoded}@host/db")
    for spelling in (password, encoded, repr(password)[1:-1]):
        assert spelling not in redactor.redact(f"{before}{spelling}{after}")


@given(password=PASSWORDS)
def test_a_raw_password_is_gone_from_its_url_whatever_characters_it_has(password: str) -> None:
    url = f"postgresql://user:{password}@host/db"
    shown = redacted(url, f"invalid: {url}")
    assert f":{password}@" not in shown
    assert STARS in shown


@given(url=st.text(), text=st.text())
def test_nothing_is_too_strange_to_learn_or_to_redact(url: str, text: str) -> None:
    assert isinstance(redacted(url, text), str)


@pytest.mark.parametrize("secret", ["sturgeon-41", "stur geon", 'st"ur\\geon', "störgeon", "a+b/c=="])
def test_a_secret_by_itself_is_hidden_however_it_is_spelt(secret: str) -> None:
    redactor = Redactor()
    redactor.learn_secret(secret)
    for spelt in (secret, quote(secret), quote(secret, safe=""), repr(secret), json.dumps(secret)):
        assert redactor.redact(f"sent {spelt} to it") in {
            f"sent {STARS} to it",
            f"sent '{STARS}' to it",
            f'sent "{STARS}" to it',
        }


def test_a_secret_of_nothing_hides_nothing() -> None:
    redactor = Redactor()
    redactor.learn_secret("")
    assert redactor.redact("nothing to hide") == "nothing to hide"
