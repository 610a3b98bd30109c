"""[redelivery.NAME]: its keys go by its kind, and what it says must fit those who are sent events by it."""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config import load
from auditor.config.kinds import KINDS
from auditor.config.targets import TARGETS, CommandTargetConfig, FileTargetConfig, HttpTargetConfig, OutboxTargetConfig
from auditor.errors import ConfigError
from auditor.redact import STARS, redact
from tests.auditor.configs import PIPELINE, fault, read, with_line

HTTP = '[redelivery.api]\nkind = "http"\nurl = "https://shop.example/redeliver"\n'
OUTBOX = '[redelivery.api]\nkind = "outbox"\nlog = "outbox"\n'
CURSOR = '[redelivery.api]\nkind = "cursor"\n'
COMMAND = '[redelivery.api]\nkind = "command"\ncommand = ["send"]\n'
FILE = '[redelivery.api]\nkind = "file"\npath = "again.jsonl"\n'

BY_API = with_line("consumers.billing", "x", 'redelivery = "api"', PIPELINE)
LEDGER_BY_API = with_line("consumers.ledger", "x", 'redelivery = "api"', PIPELINE)
BOTH_BY_API = with_line("consumers.ledger", "x", 'redelivery = "api"', BY_API)
WAYS = "give 'bearer', or 'user' and 'password', or 'header' and 'value', or 'certificate'"
KNOWN_KINDS = "'http', 'outbox', 'cursor', 'command' or 'file'"
IN_COMMANDS = "(known: {consumer}, {log}, {target}, {plan})"


def test_a_target_is_read_by_its_kind(tmp_path: Path) -> None:
    target = read(tmp_path, BY_API + HTTP).redelivery["api"]
    assert isinstance(target, HttpTargetConfig)
    assert (target.name, target.shape, target.timeout) == ("api", "ids", timedelta(seconds=10))
    assert isinstance(read(tmp_path, BY_API + OUTBOX).redelivery["api"], OutboxTargetConfig)
    assert isinstance(read(tmp_path, BY_API + COMMAND).redelivery["api"], CommandTargetConfig)


def test_every_kind_has_a_model() -> None:
    assert tuple(TARGETS) == KINDS


def test_a_file_is_relative_to_the_folder_of_the_config(tmp_path: Path) -> None:
    target = read(tmp_path, BY_API + FILE.replace("again", "{consumer}/../again")).redelivery["api"]
    assert isinstance(target, FileTargetConfig)
    assert target.path == str(tmp_path / "again.jsonl")
    secured = read(tmp_path, f'{BY_API}{HTTP}tls_ca = "ca.pem"\n[redelivery.api.auth]\ncertificate = "/etc/me.pem"')
    target = secured.redelivery["api"]
    assert isinstance(target, HttpTargetConfig)
    assert target.auth is not None
    assert (target.tls_ca, target.auth.certificate) == (str(tmp_path / "ca.pem"), "/etc/me.pem")


def test_a_body_is_what_json_can_say(tmp_path: Path) -> None:
    target = read(tmp_path, f'{BY_API}{HTTP}body = {{ events = ["{{ids}}", 1.5], for = "{{consumer}}" }}').redelivery
    assert isinstance(target["api"], HttpTargetConfig)
    assert target["api"].body == {"events": ["{ids}", 1.5], "for": "{consumer}"}


SECTION = [
    # what stands in the file, the fault
    ("[redelivery.api]", f"'kind' must say how events are sent again: {KNOWN_KINDS}"),
    (
        '[redelivery.api]\nkind = "publish"',
        f"'kind' names 'publish', which is not supported yet (supported: {KNOWN_KINDS})",
    ),
    ('[redelivery.api]\nkind = "htp"', f"'kind' must be {KNOWN_KINDS}, not 'htp' (did you mean 'http'?)"),
    ("[redelivery.api]\nkind = 3", f"'kind' must be {KNOWN_KINDS}, not 3"),
    # keys
    (f'{HTTP}urls = "x"', "unknown key 'urls' (did you mean 'url'?)"),
    (f'{HTTP}name = "x"', "unknown key 'name' (known: 'kind', 'heard_by', "),
    (f'{HTTP}bearer = "x"', "unknown key 'bearer' (did you mean 'headers', or that of [redelivery.NAME.auth]?)"),
    (f'{HTTP}password = "x"', "unknown key 'password' (it belongs in [redelivery.NAME.auth])"),
    (f'{CURSOR}url = "x"', "unknown key 'url' (known: 'kind', 'heard_by', 'never', 'ended', 'max_attempts', 'store')"),
    (f"{CURSOR}[redelivery.api.auth]", "unknown key 'auth' (known: "),
    (f'{FILE}timeout = "1s"', "unknown key 'timeout' (known: "),
    ('[redelivery.api]\nkind = "http"', "needs the key 'url'"),
    # values
    (f"{HTTP}retries = 21", "'retries' must be at most 20, not 21"),
    (f"{HTTP}batch = 0", "'batch' must be at least 1, not 0"),
    (f"{HTTP}batch = 1.5", "'batch' must be a whole number, not 1.5"),
    (f'{HTTP}rate = "1"', "'rate' must be a number, not '1'"),
    (f"{HTTP}rate = 0", "'rate' must be more than 0, not 0"),
    (f"{HTTP}rate = inf", "'rate' must be a number, not inf"),
    (f'{HTTP}timeout = "0s"', "'timeout' must be a duration of more than 0s, not '0s'"),
    (f'{HTTP}method = "post"', "'method' must be a method of HTTP in capital letters, like \"POST\", not 'post'"),
    (
        f'{HTTP}shape = "id"',
        "'shape' must be 'ids', 'positions', 'range' or 'from-position', not 'id' (did you mean 'ids'?)",
    ),
    (f'{HTTP}accepted = "ids"', '\'accepted\' must be a JSON pointer that begins with "/", like "/accepted", or '),
    (f'{HTTP}rejected = "/a~2"', '\'rejected\' must be a JSON pointer that begins with "/", like "/accepted", or '),
    (f"{HTTP}body = {{ a = [2026-01-01] }}", "'body' must be what JSON can say (a time is text there), not a table"),
    (f"{HTTP}body = nan", "'body' must be what JSON can say, not nan"),
    (f"{HTTP}headers = {{ a = 3 }}", "'headers.a' must be text, not 3"),
    (f'{HTTP}tls_ca = " "', "'tls_ca' must be the path of a file, not ' '"),
    (f"{HTTP}heard_by = []", "'heard_by' must be a list with at least one value, not an empty list"),
    (COMMAND.replace('["send"]', "[]"), "'command' must be a list with at least one value, not an empty list"),
    (COMMAND.replace('["send"]', '"send"'), "'command' must be a list, not 'send'"),
    (f'{OUTBOX}mode = "copy"', "'mode' must be 'unsent' or 'insert', not 'copy'"),
    (f"{OUTBOX}columns = {{ a = [1] }}", "'columns.a' must be a value, not a list"),
    (f'{OUTBOX}columns = {{ " " = 1 }}', "'columns' must be values for named columns, not a table"),
    # who hears it
    (f'{HTTP}heard_by = ["billing", "shiping"]', "'heard_by[1]' must name a consumer of this file, not 'shiping'"),
    (f'{HTTP}heard_by = ["ledger"]', "'heard_by' lacks 'billing', which is sent events by this"),
    # templates
    (f'{HTTP}body = {{ a = "{{ids}} {{idx}}" }}', "'body' has '{idx}', which stands for nothing (known: {consumer}, "),
    (f'{HTTP}body = {{ a = "{{ids}} }}" }}', "'body' has a single '}': a brace that is meant is written twice"),
    (f'{HTTP}headers = {{ a = "{{}}" }}', "'headers.a' has '{}', which stands for nothing (known: "),
    (COMMAND.replace("send", "{id}"), f"'command' has '{{id}}', which stands for nothing {IN_COMMANDS}"),
    (FILE.replace("again", "{type}"), f"'path' has '{{type}}', which stands for nothing {IN_COMMANDS}"),
    (
        f'{OUTBOX}mode = "insert"\ncolumns = {{ a = "{{ids}}" }}',
        "'columns' has '{ids}', which stands for nothing (known: ",
    ),
    # addresses
    (HTTP.replace("https", "ftp"), "'url' must begin with https:// or http://"),
    (HTTP.replace("https://", ""), "'url' must begin with https:// or http://"),
    (HTTP.replace("shop.example", ""), "'url' has no host"),
    (HTTP.replace("shop.example", "s3cr3t@shop"), "'url' has a user or a password, which belong in [redelivery."),
    (HTTP.replace("shop.example", "u:s3cr3t@shop"), "'url' has a user or a password, which belong in [redelivery."),
    (HTTP.replace("shop.example", "shop:99999"), "'url' has no host and port that can be read"),
    (HTTP.replace("shop.example", "shop:0"), "'url' has a port that is no number from 1 to 65535"),
    (HTTP.replace("shop.example", "[::1"), "'url' has no host and port that can be read"),
    (HTTP.replace("/redeliver", "/a b"), "'url' has a blank or a control character (write it as %XX)"),
    (HTTP.replace("/redeliver", "/a\\nb"), "'url' has a blank or a control character (write it as %XX)"),
    (HTTP.replace("shop.example", "{stream}.example"), "'url' has a host that goes by an event: it would choose who "),
    # headers
    (f'{HTTP}headers = {{ "a b" = "x" }}', "'headers' has 'a b', which no header can be called"),
    (f'{HTTP}headers = {{ Idempotency-Key = "x" }}', "'headers' has 'Idempotency-Key', which the auditor sets"),
    (f'{HTTP}headers = {{ Cookie = "x" }}', "'headers' has 'Cookie', which belongs in [redelivery.NAME.auth]"),
    (f'{HTTP}headers = {{ a = "x\\ny" }}', "'headers.a' has a line break or another control character"),
    (
        f'{HTTP}headers = {{ X-Key = "x" }}\nauth = {{ header = "x-key", value = "y" }}',
        "'headers' has 'X-Key', which 'auth' has, too",
    ),
    # how events are named
    (f'{HTTP}body = {{ a = "b" }}', "'body' names no events: shape = 'ids' needs {ids} or {id} or {positions} or "),
    (f'{HTTP}method = "GET"\nshape = "range"', "'body' names no events: shape = 'range' needs {first} and {last} in "),
    (f'{HTTP}shape = "from-position"\nbody = {{}}', "'body' names no events: shape = 'from-position' needs {from} or"),
    (f'{HTTP}shape = "from-position"\naccepted = "/a"', "'accepted' means nothing where shape = \"from-position\""),
    # TLS
    (f'{HTTP}tls_ca = "a"\ntls_verify = false', "'tls_ca' means nothing where tls_verify = false"),
    (f'{HTTP.replace("https", "http")}tls_ca = "a"', "'tls_ca' needs an 'url' with https://"),
    (f"{HTTP.replace('https', 'http')}tls_verify = false", "'tls_verify' needs an 'url' with https://"),
    # an outbox
    (OUTBOX.replace('"outbox"\n', '"outbx"\n').replace('kind = "outbx"', 'kind = "outbox"'), "'log' must name a log "),
    (f'{OUTBOX}store = "shpo"', "'store' must name a store of this file, not 'shpo' (did you mean 'shop'?)"),
    (OUTBOX.replace('log = "outbox"', 'log = "orders"'), "'mode' \"unsent\" needs 'sent' in [logs.orders]: what says"),
    (f'{OUTBOX}mode = "insert"', "'mode' \"insert\" needs 'columns' or 'copied': what a new row holds"),
    (f'{OUTBOX}copied = ["a"]', "'copied' needs mode = \"insert\": it says what a new row holds"),
    (
        f'{OUTBOX}mode = "insert"\ncopied = ["a"]\ncolumns = {{ a = 1 }}',
        "'copied' has 'a', which 'columns' has, too",
    ),
    (
        f'{OUTBOX.replace("outbox", "totals").replace("totals", "outbox", 1)}mode = "insert"\ncopied = ["a"]',
        "'log' must be what 'billing' reads, 'orders', or derived from that",
    ),
    (f'{CURSOR}store = "shpo"', "'store' must name a store of this file, not 'shpo' (did you mean 'shop'?)"),
]


@pytest.mark.parametrize(("text", "expected"), SECTION, ids=[repr(text[-60:]) for text, _ in SECTION])
def test_a_wrong_target_says_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    told = fault(tmp_path, BY_API + text)
    assert told.startswith(f"[redelivery.api] {expected}")
    assert "s3cr3t" not in told


AUTH = [
    ("", f"has no way to show who asks: {WAYS}"),
    ('bearer = "a"\nuser = "b"\npassword = "c"', f"has more than one way to show who asks: {WAYS}"),
    ('user = "a"', "needs the key 'password', beside 'user'"),
    ('password = "a"', "needs the key 'user', beside 'password'"),
    ('header = "X-Key"', "needs the key 'value', beside 'header'"),
    ('key = "a.pem"', "needs the key 'certificate', beside 'key'"),
    ('bear = "a"', "unknown key 'bear' (did you mean 'bearer'?)"),
    ('bearer = ""', "'bearer' is empty"),
    ('bearer = "s3cr3t\\n"', "'bearer' has a line break or another control character"),
    ("bearer = 3", "'bearer' must be text, not 3"),
    ('user = "a:b"\npassword = "c"', "'user' has a colon, which ends the name of a user"),
    ('header = "X Key"\nvalue = "s3cr3t"', "'header' must be the name of a header, not 'X Key'"),
    ('header = "Idempotency-Key"\nvalue = "s3cr3t"', "'header' is 'Idempotency-Key', which the auditor sets"),
]


@pytest.mark.parametrize(("lines", "expected"), AUTH)
def test_there_is_one_whole_way_to_show_who_asks(tmp_path: Path, lines: str, expected: str) -> None:
    told = fault(tmp_path, f"{BY_API}{HTTP}[redelivery.api.auth]\n{lines}")
    assert told.startswith(f"[redelivery.api.auth] {expected}")
    assert "s3cr3t" not in told


def test_a_certificate_needs_tls(tmp_path: Path) -> None:
    told = fault(tmp_path, f'{BY_API}{HTTP.replace("https", "http")}[redelivery.api.auth]\ncertificate = "a.pem"')
    assert told == "[redelivery.api.auth] 'certificate' needs an 'url' with https://"


def test_a_target_that_nobody_uses_is_looked_at_too(tmp_path: Path) -> None:
    assert fault(tmp_path, PIPELINE + HTTP.replace("https", "ftp")).startswith("[redelivery.api] 'url' must begin")


@pytest.mark.parametrize(("known", "hint"), [(HTTP, " (did you mean 'api'?)"), ("", "")])
def test_a_consumer_names_a_target_of_the_file(tmp_path: Path, known: str, hint: str) -> None:
    told = fault(tmp_path, with_line("consumers.billing", "x", 'redelivery = "apis"', PIPELINE) + known)
    wanted = "'redelivery' must name a section [redelivery.NAME] of this file"
    assert told == f"[consumers.billing] {wanted}, not 'apis'{hint}"


@pytest.mark.parametrize("key", ["never", "ended"])
def test_types_need_the_type_of_the_log(tmp_path: Path, key: str) -> None:
    text = f'{LEDGER_BY_API}{CURSOR}{key} = ["A"]'
    assert fault(tmp_path, text) == f"[redelivery.api] '{key}' needs 'type' in [logs.payments]"


def test_ids_need_the_id_of_the_log(tmp_path: Path) -> None:
    text = LEDGER_BY_API + HTTP
    assert fault(tmp_path, text) == "[redelivery.api] 'shape' needs 'id' in [logs.payments], to name its events by"


def test_positions_of_a_partition_need_its_name(tmp_path: Path) -> None:
    text = f'{LEDGER_BY_API}{HTTP}shape = "positions"\n'
    told = fault(tmp_path, f'{text}body = {{ events = "{{positions}}" }}')
    assert told == "[redelivery.api] 'body' needs {partition}: positions of [logs.payments] are counted per partition"
    assert read(tmp_path, text).redelivery
    assert read(tmp_path, f'{text}body = {{ events = "{{positions}}", of = "{{partition}}" }}').redelivery


def test_a_request_for_consumers_of_several_logs_says_which(tmp_path: Path) -> None:
    text = f'{BOTH_BY_API}{HTTP}shape = "positions"'
    assert fault(tmp_path, text).startswith("[redelivery.api] 'url' needs {log} or {consumer}, here or in 'body': its ")
    assert read(tmp_path, text.replace("/redeliver", "/redeliver/{log}")).redelivery


def test_a_file_for_consumers_of_several_logs_says_which(tmp_path: Path) -> None:
    told = fault(tmp_path, f'{BOTH_BY_API}{FILE}source = "shop"')
    assert told.startswith("[redelivery.api] 'source' says nothing of the log")
    assert read(tmp_path, BOTH_BY_API + FILE).redelivery


def test_a_cursor_that_is_put_back_is_one_that_there_is(tmp_path: Path) -> None:
    before, _, after = BY_API.partition("[consumers.billing.cursor]")
    without = before + after[after.index("[consumers.billing.inbox]") :]
    told = fault(tmp_path, without + CURSOR)
    assert told == "[consumers.billing] 'redelivery' needs a cursor: 'api' puts it back"


def test_a_cursor_a_stream_is_not_put_back(tmp_path: Path) -> None:
    text = with_line("consumers.billing.cursor", "x", 'stream = "s"', BY_API) + CURSOR
    told = "[consumers.billing] 'redelivery' is a cursor, 'api', which cannot be put back where there is a row a stream"
    assert fault(tmp_path, text) == told


SECRETS = {
    "API_TOKEN": "geheim-token",
    "API_PASSWORD": "geheim-wort",
    "TENANT": "mandant-7",
    "SHOP_KEY": "geheim-schluessel",
}
SECRETS |= {"WEBHOOK": "geheim-haken", "MONKEY": "affe-und-ass"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f'{HTTP}[redelivery.api.auth]\nbearer = "${{API_TOKEN}}"', "geheim-token"),
        (f'{HTTP}[redelivery.api.auth]\nbearer = "wort-im-text"', "wort-im-text"),
        (f'{HTTP}[redelivery.api.auth]\nuser = "me"\npassword = "${{API_PASSWORD}}"', "geheim-wort"),
        (f'{HTTP}[redelivery.api.auth]\nuser = "me"\npassword = "${{API_PASSWORD}}"', "bWU6Z2VoZWltLXdvcnQ="),
        (f'{HTTP}[redelivery.api.auth]\nheader = "X-Key"\nvalue = "${{API_TOKEN}}"', "geheim-token"),
        (f'{HTTP}headers = {{ X-Api-Key = "wort-im-kopf" }}', "wort-im-kopf"),
        (f'{HTTP}body = {{ ids = "{{ids}}", secret = "wort-im-rumpf" }}', "wort-im-rumpf"),
        (HTTP.replace("/redeliver", "/redeliver?token=wort-in-adresse"), "wort-in-adresse"),
        (HTTP.replace("/redeliver", "/${API_TOKEN}/redeliver"), "geheim-token"),
        (COMMAND.replace("send", "${API_TOKEN}"), "geheim-token"),
        (HTTP.replace("/redeliver", "/${SHOP_KEY}/redeliver"), "geheim-schluessel"),
        (HTTP.replace("/redeliver", "/${WEBHOOK}/redeliver"), "geheim-haken"),
        (f'{HTTP}headers = {{ X-Shop-Key = "schluessel-im-kopf" }}', "schluessel-im-kopf"),
        (f'{HTTP}zzz = "${{API_PASSWORD}}"', "geheim-wort"),
    ],
)
def test_what_is_secret_is_learnt(tmp_path: Path, text: str, secret: str) -> None:
    (tmp_path / "auditor.toml").write_text(BY_API + text)
    assert secret in redact(f"it said {secret}.")
    with suppress(ConfigError):
        load(tmp_path / "auditor.toml", SECRETS)
    assert redact(f"it said {secret}.") == f"it said {STARS}."


def test_what_auth_holds_is_not_shown(tmp_path: Path) -> None:
    target = read(tmp_path, f'{BY_API}{HTTP}[redelivery.api.auth]\nbearer = "geheim-token"').redelivery["api"]
    assert "geheim-token" not in repr(target)
    assert "geheim-token" not in target.model_dump_json()


def test_what_is_not_secret_is_not_hidden(tmp_path: Path) -> None:
    headers = '{ X-Tenant = "${TENANT}", X-Author = "someone", X-Token = "none", X-Ape = "${MONKEY}" }'
    (tmp_path / "auditor.toml").write_text(f"{BY_API}{HTTP}headers = {headers}")
    load(tmp_path / "auditor.toml", SECRETS)
    said = "none of mandant-7 by someone, affe-und-ass: https://shop.example/redeliver"
    assert redact(said) == said


def test_a_config_without_targets_makes_no_models_of_them(tmp_path: Path) -> None:
    """A run every minute would pay for them."""
    (tmp_path / "auditor.toml").write_text(PIPELINE)
    program = (
        "import sys; from pathlib import Path; from auditor.config import load; "
        "load(Path(sys.argv[1])); print([name for name in sys.modules if 'target' in name or 'redelivery' in name])"
    )
    file = str(tmp_path / "auditor.toml")
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


TARGET_LINES = [
    *(f"{HTTP}{line}" for line in ("headers = {}", "body = {}", "shape = 3", "auth = {}", "rate = 1", "tls_ca = 1")),
    *(f"{HTTP}{line}" for line in ("accepted = 1", "timeout = 1", "method = 1", "heard_by = 1", "never = 1")),
    HTTP,
    *(f"{OUTBOX}{line}" for line in ("columns = {}", "copied = []", "mode = 1", "store = 1")),
    CURSOR,
    COMMAND,
    FILE,
    f"{HTTP}[redelivery.api.auth]\nbearer = 1",
    f"{HTTP}[redelivery.api.auth]\nheader = 1",
    f"{HTTP}[redelivery.api.auth]\ncertificate = 1",
]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
WORDS = ["http", "{consumer}", "{id", "https://[", "https://u:p@h", "http://h:x", "//", "{ids}", "a b", "range", "/~"]
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.sampled_from(WORDS)
VALUES = st.recursive(
    SCALARS, lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3), max_leaves=5
)


@given(lines=st.sampled_from(TARGET_LINES), value=VALUES, at=st.integers(0, 10))
def test_any_value_at_any_key_is_taken_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, lines: str, value: object, at: int
) -> None:
    keyed = [number for number, line in enumerate(lines.splitlines()) if " = " in line]
    changed = lines.splitlines()
    number = keyed[-1 - at % len(keyed)]
    changed[number] = f"{changed[number].split(' = ', 1)[0]} = {toml(value)}"
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text("\n".join([BY_API, *changed]), encoding="utf-8")
    try:
        load(file, {})
    except ConfigError as error:
        said = str(error)
    else:
        said = ""
    assert said == "" or said.startswith(f"{file}: [")
    assert "\n" not in said


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {toml(part)}" for key, part in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
