"""Every fault of a config is one line: file, section, key, what is wrong, and the nearest right one."""

import traceback
from pathlib import Path

import pytest

from auditor.config import load
from auditor.errors import ConfigError
from tests.auditor.configs import VALID, fault, read, with_line

ORDERS, PAYMENTS, BILLING, LEDGER = "logs.orders", "logs.payments", "consumers.billing", "consumers.ledger"
DURATION = 'must be a duration like "500ms", "30s", "5m", "2h" or "7d", not'
CONDITION = "must be a value, a list of values, or { is_null = true }, not"

KNOWN = (
    "unknown key 'zzzzz' (known: 'log', 'store', 'types', 'start', 'max_lag', 'idempotent', 'ordered', 'grace', "
    "'redelivery', 'cursor', 'inbox', 'parked')"
)

LINES = [
    # section, key, the line in its place, the fault
    # keys
    (BILLING, "x", 'tabel = "x"', "unknown key 'tabel' (did you mean 'table'?)"),
    (BILLING, "max_lag", 'maxlag = "5m"', "unknown key 'maxlag' (did you mean 'max_lag'?)"),
    (BILLING, "x", "zzzzz = 1", KNOWN),
    (BILLING, "x", 'means = "next"', "unknown key 'means' (it belongs in [consumers.NAME.cursor])"),
    (f"{BILLING}.inbox", "table", 'tabel = "x"', "unknown key 'tabel' (did you mean 'table'?)"),
    ("stores.shop", "x", "Url = 1", "unknown key 'Url' (did you mean 'url'?)"),
    ("stores.shop", "x", "zzz = 1", "unknown key 'zzz' (known: 'url', 'statement_timeout')"),
    ("stores.shop", "x", '"a\\nb" = 1', "unknown key 'a\\nb' (known: 'url', 'statement_timeout')"),
    ("stores.shop", "x", 'name = "x"', "unknown key 'name' (known: 'url', 'statement_timeout')"),
    (ORDERS, "position", "", "needs the key 'position'"),
    (f"{BILLING}.cursor", "table", "", "needs the key 'table'"),
    ("stores.shop", "url", "", "needs the key 'url'"),
    # types of values
    (ORDERS, "table", "table = 3", "'table' must be text, not 3"),
    (ORDERS, "id", 'id = ["a"]', "'id' must be text, not a list"),
    (ORDERS, "gapless", 'gapless = "yes"', "'gapless' must be true or false, not 'yes'"),
    (BILLING, "ordered", "ordered = 1", "'ordered' must be true or false, not 1"),
    (ORDERS, "first_version", "first_version = 2", "'first_version' must be 0 or 1, not 2"),
    (ORDERS, "first_version", "first_version = true", "'first_version' must be 0 or 1, not true"),
    (ORDERS, "first_version", "first_version = 1.0", "'first_version' must be 0 or 1, not 1.0"),
    (ORDERS, "positions", 'positions = "drawn"', "'positions' must be 'unknown' or 'drawn-on-insert', not 'drawn'"),
    (
        f"{BILLING}.cursor",
        "means",
        'means = "processed"',
        "'means' must be 'last-processed', 'next' or 'delivered', not 'processed' (did you mean 'last-processed'?)",
    ),
    (BILLING, "types", 'types = "A"', "'types' must be a list, not 'A'"),
    (BILLING, "types", 'types = ["A", 3]', "'types[1]' must be text, not 3"),
    (
        BILLING,
        "types",
        "types = []",
        "'types' must be a list with at least one event type (leave it out for all), not an empty list",
    ),
    (BILLING, "start", 'start = "last"', "'start' must be \"first\" or a whole number, not 'last'"),
    (BILLING, "start", "start = true", "'start' must be \"first\" or a whole number, not true"),
    (BILLING, "start", "start = 1.5", "'start' must be \"first\" or a whole number, not 1.5"),
    (
        BILLING,
        "start",
        f"start = 0x1{'0' * 5000}",
        "'start' must be \"first\" or a whole number, not a number of more than 64 bits",
    ),
    # names
    (ORDERS, "table", 'table = "a.b.c"', "'table' must be TABLE or SCHEMA.TABLE, not 'a.b.c'"),
    (ORDERS, "table", 'table = "events."', "'table' must be TABLE or SCHEMA.TABLE, not 'events.'"),
    (ORDERS, "table", 'table = " "', "'table' must be TABLE or SCHEMA.TABLE, not ' '"),
    (ORDERS, "position", 'position = ""', "'position' must be the name of a column, not ''"),
    (ORDERS, "id", 'id = "a\\u0000"', "'id' must be the name of a column, not 'a\\x00'"),
    (ORDERS, "store", 'store = "\\t"', "'store' must be a name, not '\\t'"),
    (ORDERS, "store", 'store = "shpo"', "'store' must name a store of this file, not 'shpo' (did you mean 'shop'?)"),
    (BILLING, "log", 'log = "order"', "'log' must name a log of this file, not 'order' (did you mean 'orders'?)"),
    (BILLING, "log", 'log = "billing"', "'log' must name a log of this file, not 'billing'"),
    (BILLING, "store", f'store = "{"x" * 99}"', f"'store' must name a store of this file, not '{'x' * 60}…'"),
    # durations
    (ORDERS, "settle", 'settle = "5 minutes"', f"'settle' {DURATION} '5 minutes'"),
    (ORDERS, "settle", "settle = 5", f"'settle' {DURATION} 5"),
    (ORDERS, "settle", 'settle = "5"', f"'settle' {DURATION} '5'"),
    (BILLING, "grace", 'grace = "-5s"', f"'grace' {DURATION} '-5s'"),
    (BILLING, "max_lag", 'max_lag = "1h30m"', f"'max_lag' {DURATION} '1h30m'"),
    (ORDERS, "retention", 'retention = "36501d"', "'retention' must be a duration of at most 36500d, not '36501d'"),
    (
        "stores.shop",
        "statement_timeout",
        'statement_timeout = "0s"',
        "'statement_timeout' must be a duration from \"1ms\" to \"24d\", not '0s'",
    ),
    # conditions
    (ORDERS, "where", "where = 3", "'where' must be a table, not 3"),
    (ORDERS, "where", "where = { a = [] }", f"'where.a' {CONDITION} an empty list"),
    (ORDERS, "where", "where = { a = [[1]] }", f"'where.a' {CONDITION} a list"),
    (ORDERS, "where", "where = { a = { is_nul = true } }", f"'where.a' {CONDITION} a table"),
    (ORDERS, "where", "where = { a = { is_null = 1 } }", f"'where.a' {CONDITION} a table"),
    (ORDERS, "where", "where = { a = 07:30:00 }", f"'where.a' {CONDITION} the time 07:30:00"),
    (ORDERS, "where", "where = { a = nan }", f"'where.a' {CONDITION} nan"),
    (ORDERS, "where", 'where = { " " = 1 }', "'where' must be conditions on named columns, not a table"),
    (
        f"{BILLING}.inbox",
        "done",
        "done = {}",
        "'done' must be at least one condition (leave it out where every row is done), not an empty table",
    ),
    # between keys
    (ORDERS, "stream", "", "'version' needs 'stream': versions are counted within a stream"),
    (PAYMENTS, "order", "order = []", "'order' must be a list of one or more columns, each once, not an empty list"),
    (PAYMENTS, "order", 'order = ["transaction_id"]', "'order' must end in the column of 'position'"),
    (
        f"{LEDGER}.cursor",
        "position",
        'position = "p"\nstream = "s"',
        "has 'partition' and 'stream': there is a row a partition or a row a stream",
    ),
    (f"{BILLING}.cursor", "x", 'partition = "p"', "'partition' needs 'partition' in [logs.orders]"),
    (
        f"{BILLING}.cursor",
        "position",
        'position = ["a", "b"]',
        "'position' has 2 columns, but [logs.orders] has no 'order': give one, or as many",
    ),
    (
        f"{LEDGER}.cursor",
        "position",
        'position = ["a", "b", "c"]',
        "'position' has 3 columns, but [logs.payments] has 2 in 'order': give one, or as many",
    ),
    (
        f"{LEDGER}.cursor",
        "position",
        'position = ["a", "a"]',
        "'position' must be the name of a column, or a list of columns, each once, not a list",
    ),
    (f"{LEDGER}.cursor", "partition", 'stream = "s"', "'position' must be one column where there is a row a stream"),
    (f"{LEDGER}.inbox", "position", "", "shares no identity with [logs.payments]: give 'position'"),
    (
        f"{LEDGER}.inbox",
        "partition",
        "",
        "needs 'partition': positions of [logs.payments] are counted per partition",
    ),
    (
        f"{BILLING}.parked",
        "id",
        'stream = "s"',
        "shares no identity with [logs.orders]: give 'id', or 'position', or 'stream' and 'version'",
    ),
    (f"{BILLING}.parked", "id", 'version = "v"', "'version' needs 'stream': versions are counted within a stream"),
    (LEDGER, "x", 'types = ["A"]', "'types' needs 'type' in [logs.payments]"),
    # environment
    (ORDERS, "data", 'data = "${NOPE}"', "'data' needs the environment variable NOPE, which is not set"),
    (
        ORDERS,
        "where",
        'where = { a = ["x", "${NOPE}"] }',
        "'where.a[1]' needs the environment variable NOPE, which is not set",
    ),
    (ORDERS, "data", 'data = "${A B}"', "'data' names an environment variable as none can be called: 'A B'"),
    (ORDERS, "data", 'data = "${NOPE"', "'data' has a '${' without its '}'"),
]


@pytest.mark.parametrize(
    ("section", "key", "line", "expected"),
    LINES,
    ids=[f"{case[0]}: {case[2][:50]}" for case in LINES],
)
def test_a_wrong_line_is_named_with_its_section(
    tmp_path: Path, section: str, key: str, line: str, expected: str
) -> None:
    assert fault(tmp_path, with_line(section, key, line)) == f"[{section}] {expected}"


LOG = '[stores.s]\nurl = "sqlite:///s.db"\n[logs.l]\nstore = "s"\ntable = "t"\nposition = "p"\n'
CONSUMER = f'{LOG}[consumers.c]\nlog = "l"\nstore = "s"\n'
NO_TRACE = "needs a cursor or an inbox: without either there is no trace of what it received"

FILES = [
    ("x = 1", "unknown key 'x' (known: 'stores', 'logs', 'states', 'consumers', 'redelivery', 'ledger')"),
    ('path = "x"', "unknown key 'path' (known: 'stores', 'logs', 'states', 'consumers', 'redelivery', 'ledger')"),
    ("[consumer.x]", "unknown section 'consumer' (did you mean 'consumers'?)"),
    ('[ledger]\nurl = "${NOPE}"', "[ledger] 'url' needs the environment variable NOPE, which is not set"),
    ('[ledger]\nuri = "x"', "[ledger] unknown key 'uri' (did you mean 'url'?)"),
    ("[ledger]\nkeep = 3", "[ledger] unknown key 'keep' (known: 'url', 'full_every', 'overlap', 'recheck')"),
    ("[ledger]\nurl = 3", "[ledger] 'url' must be text, not 3"),
    ("[ledger]\nfull_every = 7", f"[ledger] 'full_every' {DURATION} 7"),
    ('[ledger]\noverlap = "1w"', f"[ledger] 'overlap' {DURATION} '1w'"),
    ('[ledger]\nrecheck = ""', f"[ledger] 'recheck' {DURATION} ''"),
    ("ledger = 3", "'ledger' must be a section, as in [ledger], not 3"),
    ('ledger = "sqlite:///x.db"', "'ledger' must be a section, as in [ledger], not 'sqlite://…'"),
    ("[[ledger]]", "'ledger' must be a section, as in [ledger], not a list"),
    ("[ledger.team]", "[ledger] unknown key 'team' (known: 'url', 'full_every', 'overlap', 'recheck')"),
    ("stores = 3", "'stores' must be a section, as in [stores.NAME], not 3"),
    ("[[logs]]", "'logs' must be a section, as in [logs.NAME], not a list"),
    ('[consumers]\nlog = "x"', "[consumers] 'log' must be a section, as in [consumers.NAME], not 'x'"),
    ("[stores.' ']", "[stores] the name of a section must not be blank: ' '"),
    ('[stores."a\\nb"]', "[stores] the name of a section must be printable, unlike 'a\\nb'"),
    (f"{CONSUMER}cursor = 1", "[consumers.c] 'cursor' must be a table, not 1"),
    (CONSUMER, f"[consumers.c] {NO_TRACE}"),
    (f'{CONSUMER}parked = {{ table = "t", position = "p" }}', f"[consumers.c] {NO_TRACE}"),
    (
        f'{CONSUMER}cursor = {{ table = "t", position = "p", stream = "s" }}',
        "[consumers.c.cursor] 'stream' needs 'stream' and 'version' in [logs.l]",
    ),
    (
        f'{CONSUMER}inbox = {{ table = "t", stream = "s", version = "v" }}',
        "[consumers.c.inbox] shares no identity with [logs.l]: give 'position'",
    ),
    (
        CONSUMER.replace("consumers.c", "consumers.l") + 'inbox = { table = "t", position = "p" }',
        "[consumers.l] a log has the same name: logs, states and consumers share one namespace",
    ),
    (CONSUMER.replace("consumers.c", 'consumers."a b"'), f'[consumers."a b"] {NO_TRACE}'),
    ('a = "', "is not TOML: unterminated string (at end of document)"),
    ("a = 1\na = 2", "is not TOML: a key stands twice (at end of document)"),
    (b"a = '\xff'", "is not UTF-8: byte 6 is part of no character"),
    (f"a = {'9' * 5000}", "cannot be read: it has a path or a number that is too long"),
    (f"a = {'[' * 5000}", "has tables or lists nested too deeply"),
    (f"{'a.' * 5000}b = 1", "has tables or lists nested too deeply"),
]


@pytest.mark.parametrize(("text", "expected"), FILES, ids=[repr(text[-50:]) for text, _ in FILES])
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert fault(tmp_path, text) == expected


def test_types_need_the_type_of_the_log(tmp_path: Path) -> None:
    assert fault(tmp_path, with_line(ORDERS, "type", "")) == "[consumers.billing] 'types' needs 'type' in [logs.orders]"


def test_the_first_fault_of_the_file_is_told(tmp_path: Path) -> None:
    text = with_line(f"{BILLING}.cursor", "table", 'tabel = "${NOPE}"').replace("gapless = false", "gapless = 0")
    assert fault(tmp_path, text).startswith("[logs.orders] 'gapless' must be")


def test_a_line_names_its_file_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("auditor.toml").write_text(with_line(BILLING, "x", 'tabel = "x"'))
    with pytest.raises(ConfigError) as raised:
        load(environment={})
    assert str(raised.value) == "auditor.toml: [consumers.billing] unknown key 'tabel' (did you mean 'table'?)"


SUPPORTED = "(supported: postgresql://… or sqlite:///…)"
URLS = [
    ("postgresql://u:s3cr3t@x@h/d", "has more than one '@' before the host (in a password, write it as %40)"),
    ("postgresql://u:s3cr3t@h:s3cr3t/d", "has a port that is no number from 1 to 65535"),
    ("postgresql://u:s3cr3t@h:/d", "has a port that is no number from 1 to 65535"),
    ("postgresql://u:s3cr3t@h:70000/d", "has a port that is no number from 1 to 65535"),
    (
        "postgresql://u:s3cr3t@[::1/d",
        "has no host that can be read (in a password, write special characters as %XX)",
    ),
    ("postgresql:u:s3cr3t@h/d", "is no URL like postgresql://… or sqlite:///…"),
    ("host=h password=s3cr3t", "is no URL like postgresql://… or sqlite:///…"),
    ("s3cr3t", "is no URL like postgresql://… or sqlite:///…"),
    ("", "is no URL like postgresql://… or sqlite:///…"),
    ("mysql+pymysql://u:s3cr3t@h/d", f"names a 'mysql' store, which is not supported yet {SUPPORTED}"),
    ("duckdb:///s3cr3t.db", f"names a 'duckdb' store, which is not supported yet {SUPPORTED}"),
    ("https://u:s3cr3t@h/feed", f"names a 'https' store, which is not supported yet {SUPPORTED}"),
    ("nats://u:s3cr3t@h", f"names a 'nats' store, which is not supported yet {SUPPORTED}"),
    ("kafka://u:s3cr3t@h", f"names a 'kafka' store, which is not supported yet {SUPPORTED}"),
    ("redis://:s3cr3t@h", f"names a 'redis' store, which is not supported yet {SUPPORTED}"),
    ("oracle://u:s3cr3t@h/d", f"names an unknown kind of store, 'oracle' {SUPPORTED}"),
    ("postgressql://u:s3cr3t@h/d", "names an unknown kind of store, 'postgressql' (did you mean 'postgresql'?)"),
    ("postgresql+asyncpg://u:s3cr3t@h/d", "names the driver 'asyncpg', which is not supported"),
    ("sqlite://s3cr3t.db", "needs three slashes before the path of its file, as in sqlite:///shop.db"),
    ("sqlite:///", "must be the path of a file, as in sqlite:///shop.db"),
    ("sqlite:///:memory:", "must be the path of a file, as in sqlite:///shop.db"),
    ("sqlite:///x.db?key=s3cr3t", "must be a path without options"),
]


@pytest.mark.parametrize(("url", "expected"), URLS)
@pytest.mark.parametrize("from_environment", [False, True])
def test_a_wrong_url_is_named_and_not_shown(tmp_path: Path, url: str, expected: str, from_environment: bool) -> None:
    line = 'url = "${SHOP}"' if from_environment else f'url = "{url}"'
    told = fault(tmp_path, with_line("stores.shop", "url", line), {"SHOP": url})
    assert told.startswith(f"[stores.shop] 'url' {expected}")
    assert "s3cr3t" not in told


@pytest.mark.parametrize(("url", "expected"), URLS)
@pytest.mark.parametrize("from_environment", [False, True])
def test_a_wrong_url_of_the_ledger_is_named_and_not_shown(
    tmp_path: Path, url: str, expected: str, from_environment: bool
) -> None:
    line = 'url = "${TEAM}"' if from_environment else f'url = "{url}"'
    told = fault(tmp_path, f"{VALID}\n[ledger]\n{line}", {"TEAM": url})
    assert told.startswith(f"[ledger] 'url' {expected}")
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [
        ("stores.shop", "url", 'url = ["postgresql://u:s3cr3t@h/d"]'),
        ("stores.shop", "url", 'uri = "postgresql://u:s3cr3t@h/d"'),
        ("stores.shop", "x", '"postgresql://u:s3cr3t@h/d" = 1'),
        ("stores.shop", "url", 'url = "postgresql://u:s3cr3t@h/${NOPE}"'),
        ("stores.shop", "url", 'url = "postgresql://u:${s3cr3t@h/d"'),
        ("stores.shop", "statement_timeout", 'statement_timeout = "postgresql://u:s3cr3t@h/d"'),
        ("stores.shop", "statement_timeout", 'statement_timeout = "${SECRET}"'),
        (BILLING, "store", 'store = "postgresql://u:s3cr3t@h/d"'),
        (BILLING, "store", 'store = "host=h password=s3cr3t"'),
        (BILLING, "store", 'store = "${SECRET}"'),
        (BILLING, "log", 'log = "${SECRET}"'),
        (ORDERS, "positions", 'positions = "${SECRET}"'),
    ],
)
def test_a_password_in_the_wrong_place_is_not_shown(tmp_path: Path, section: str, key: str, line: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, with_line(section, key, line), {"SECRET": "s3cr3t"})
    assert "s3cr3t" not in "".join(traceback.format_exception_only(raised.value))
    assert raised.value.__cause__ is None, "what --debug would show as the cause"


def test_the_valid_file_is_valid(tmp_path: Path) -> None:
    assert read(tmp_path, VALID).logs
