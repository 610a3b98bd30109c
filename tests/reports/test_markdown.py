"""Markdown, read by a parser of it: whole tables, no markup and no mention out of the data, and never too long."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion

from checks.model.finding import Verdict
from checks.model.known import KnownFinding
from checks.model.result import LostAt, NotChecked, OneSided, Parity, Problem, Result
from reports import Appearance, render
from reports.markdown_text import code, sentence
from reports.visible import visible
from tests.reports import samples

KNOWN = KnownFinding(
    finding=samples.finding("duplicate", count=2),
    fingerprint="f",
    owner="@shop/payments",
    why="OPS-7 | see https://ops.example.org",
    expires=samples.STARTED + timedelta(days=30),
)
EVERYTHING = replace(
    samples.ON_THE_WAY,
    audits=(*samples.ON_THE_WAY.audits, *samples.INCONSISTENT.audits, samples.consumer(name="refunds", known=(KNOWN,))),
    not_checked=samples.INCONSISTENT.not_checked,
    parities=(
        Parity(
            upstream="orders",
            logs=("v1", "v2"),
            reached=((None, 9),),
            compared=9,
            differences=(OneSided(lacking="v2", count=1),),
        ),
    ),
    not_recorded="ledger '/l.db': no space left",
)
OURS = {"<details><summary>Not checked ({})</summary>", "</details>"}
PIECES = (
    "|", "`", "``", "\\", "<b>", "</details>", "<!--", "@shop/team", "#7", "[a](http://x)", "![", "*", "_", "~~", " ",
    "(", "<!here>", "<@U1>", "\n", "\n\n", "# ", "- ", "1. ", "> ", "    ", "&lt;", ":tada:", "$x$", "www.x.org",
    "::error::", "=cmd()", ".", ")", "\x00", "\u202e", "\ud800", "x",
)  # fmt: skip
names = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


def as_code(name: str) -> str:
    return re.sub(r"<(?=[!@#])", r"\\x3c", visible(name).replace("|", r"\x7c"))


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def inline(text: str) -> list[Token]:
    return [child for token in tokens(text) for child in token.children or ()]


def named(name: str) -> Result:
    """A result in which everything that can have a name has this one."""
    found = samples.finding(
        message=f"about {name}",
        partition=name,
        reason=name,
        events=(samples.event(1, id=name, stream=name, type=name),),
    )
    audit = samples.consumer(
        found,
        name=name,
        upstream=name,
        notes=(f"about {name}",),
        problems=(Problem(reason=name, message=f"about {name}"),),
        losses=(samples.loss(source=name, target=name, audit=name, partition=name),),
        known=(replace(KNOWN, owner=name, why=f"about {name}"),),
    )
    unchecked = NotChecked(audit=name, check="duplicate", reason=name, message=f"about {name}")
    return replace(samples.result(audit, not_checked=(unchecked,)), run=name, not_recorded=f"about {name}")


@pytest.mark.parametrize(
    "name", ["consistent", "undecided", "inconsistent", "incremental", "on-the-way", "hostile", "nothing"]
)
def test_it_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(samples.ALL[name], "markdown") == snapshot


def test_everything_at_once_is_what_it_was(snapshot: SnapshotAssertion) -> None:
    assert render(EVERYTHING, "markdown", Appearance(config="/etc/auditor.toml")) == snapshot


def test_the_verdict_is_the_first_line() -> None:
    first = render(samples.UNDECIDED, "markdown").partition("\n")[0]
    assert first == "🟡 **unknown**: 1 of 2 audits could not be decided; 0 of 1,000 events unverifiable"


@pytest.mark.parametrize("result", [*samples.ALL.values(), EVERYTHING], ids=[*samples.ALL, "everything"])
def test_every_row_of_the_table_has_a_cell_for_every_column(result: Result) -> None:
    rows: list[int] = []
    for token in tokens(render(result, "markdown")):
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("th_open", "td_open"):
            rows[-1] += 1
    assert len(rows) == (len(result.audits) + 1 if result.audits else 0)
    assert len(set(rows)) <= 1


@pytest.mark.parametrize("result", [*samples.ALL.values(), EVERYTHING], ids=[*samples.ALL, "everything"])
def test_no_html_is_in_it_but_its_own(result: Result) -> None:
    text = render(result, "markdown")
    ours = {each.format(len(result.not_checked)) for each in OURS}
    blocks = {token.content.strip() for token in tokens(text) if token.type == "html_block"}
    assert blocks <= ours
    assert not [token.content for token in inline(text) if token.type == "html_inline"]


@given(names)
def test_a_name_changes_nothing_but_itself(name: str) -> None:
    def shape(text: str) -> list[tuple[str, str]]:
        return [(token.type, token.tag) for token in tokens(text)]

    text = render(named(name), "markdown")
    assert shape(text) == shape(render(named("billing"), "markdown"))
    kinds = {token.type for token in inline(text)}
    assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "softbreak", "text_special"}


@given(names)
def test_a_name_is_read_as_it_is(name: str) -> None:
    whole = as_code(name)
    [token] = [each for each in inline(f"x {code(name, 1000)} y") if each.type == "code_inline"]
    assert token.content.strip(" ") == whole.strip(" ")


@given(names)
def test_a_sentence_is_read_as_it_is_but_for_bars_and_space(name: str) -> None:
    read = "".join(token.content for token in inline(f"x {sentence(name)}") if token.type != "softbreak")
    bare = re.compile(r"[\s`|<]|\\x7c|\\x3c")
    assert bare.sub("", read) == bare.sub("", f"x{visible(name)}")


@given(names)
def test_what_could_be_a_mention_or_a_link_stands_as_code(name: str) -> None:
    told = [token.content for token in inline(render(named(name), "markdown")) if token.type == "text"]
    assert not re.search(r"@\w|://|www\.|(?<!#)#\d|:tada:", "\n".join(told))
    assert not re.search("<[!@#]", render(named(name), "markdown"))


def test_a_time_is_no_emoji() -> None:
    assert sentence("written 2026-11-28 12:42:38 UTC, :100: and 1:smile:2") == (
        "written 2026-11-28 12:42:38 UTC, `:100:` and `1:smile:2`"
    )


def test_what_a_message_itself_has_as_code_stays_code() -> None:
    assert sentence("no `received` in a_b, _c_ or 1*2") == r"no `received` in a_b, \_c\_ or 1\*2"


def test_it_fits_into_a_channel_whatever_is_found_and_says_what_is_left_out() -> None:
    long = "`|<@" * 3_000
    many = samples.result(
        *(
            samples.consumer(
                *(
                    samples.finding(check, verdict, partition=f"{n} {long}", message=long, reason=long,
                                    harmless=harmless, events=tuple(samples.event(i, stream=long) for i in range(9)))
                    for check in ("missing", "duplicate")
                    for verdict in Verdict
                    for harmless in (True, False)
                ),
                name=f"{n} {long}", upstream=long, notes=(long,) * 9, known=(KNOWN,) * 9, coverage=samples.VERIFIED,
                problems=(Problem(reason=long, message=long),) * 9,
                losses=(samples.loss(source=long, target=long, partition=long),) * 9,
            )
            for n in range(200)
        ),
        not_checked=(NotChecked(audit=long, check="missing", reason=long, message=long),) * 5_000,
    )  # fmt: skip
    text = render(replace(many, run=long, not_recorded=long), "markdown", Appearance(config=long))
    assert len(text) < 40_000
    assert len(text.encode()) < 2**20
    assert text.count("for which there is no room here") >= 8
    assert "Not checked (5000)" in text
    assert tokens(text)[-3].type == "paragraph_open"


def test_findings_stand_by_severity_with_the_hop_that_lost_them() -> None:
    text = render(EVERYTHING, "markdown")
    places = [text.index(f"### {title}") for title in ("Errors", "Warnings", "For information", "Next")]
    assert all(earlier < later for earlier, later in pairwise(places))
    assert "  - lost between `orders` and `billing`\n" in text


def test_what_somebody_lacks_is_told_first_and_keeps_its_room() -> None:
    others = [samples.log(samples.finding("version-gap", message="x" * 500), name=f"log-{n}") for n in range(40)]
    lacking = samples.consumer(samples.finding(), losses=(samples.loss(),), name="the-one")
    lines = render(samples.result(*others, lacking), "markdown").split("\n")
    assert lines[2] == "**`the-one` lacks 4 events.**"
    assert lines[lines.index("### Errors") + 2].startswith("- `the-one` consumer/missing: **4 confirmed**")
    assert any(line.endswith("findings more, for which there is no room here") for line in lines)


def test_what_its_own_log_lost_is_between_no_two_names() -> None:
    gap = samples.loss(LostAt.NOT_IN_LOG, 2, target="orders", audit="orders", check="version-gap")
    text = render(
        samples.result(samples.log(samples.finding("version-gap")), samples.consumer(losses=(gap,))), "markdown"
    )
    assert "  - lost in `orders` itself\n" in text


def test_it_names_the_command_that_audits_the_same_again() -> None:
    text = render(samples.INCONSISTENT, "markdown", Appearance(config="my audit.toml"))
    assert text.endswith("Run it again: `auditor check --config 'my audit.toml' orders billing mail`\n")
    dashed = render(samples.result(samples.log(name="-x")), "markdown")
    assert dashed.endswith("Run it again: `auditor check -- -x`\n")
