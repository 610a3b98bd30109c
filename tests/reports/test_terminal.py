"""What a person reads: the verdict first, what to type next last, and nothing that a name could do to it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from checks.model.event import Event
from checks.model.finding import Verdict
from checks.model.result import Audit, Coverage, LostAt, NotChecked, Progress, Result, Totals, Window
from reports import Appearance, render
from reports.events import sample
from reports.phrases import ranges
from reports.terminal import verdict_line
from tests.reports import samples

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def plain(result: Result) -> str:
    return render(result, "terminal")


def on_terminal(result: Result, width: int) -> str:
    return ESCAPE.sub("", render(result, "terminal", Appearance(width=width)))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("consistent", "consistent: 2 audits without errors; 2 of 10 events unverifiable"),
        ("undecided", "unknown: 1 of 2 audits could not be decided; 0 of 1,000 events unverifiable"),
        (
            "inconsistent",
            "inconsistent: 1 of 3 audits found errors, 1 could not be decided; 0 of 878 events unverifiable",
        ),
        ("nothing", "unknown: nothing was audited; 0 of 0 events unverifiable"),
    ],
)
def test_the_first_line_is_the_verdict_with_what_could_not_be_verified(name: str, line: str) -> None:
    assert verdict_line(samples.ALL[name]) == line
    assert plain(samples.ALL[name]).splitlines()[0] == line


def test_streams_of_a_state_are_no_events() -> None:
    state = Audit(name="accounts", of="state", upstream="orders", totals=Totals(produced=5, received=4, unverifiable=1))
    alone, beside = samples.result(samples.log(), state), samples.result(*samples.CONSISTENT.audits, state)
    assert verdict_line(alone).endswith("; 1 of 5 streams unverifiable")
    assert verdict_line(beside).endswith("; 2 of 10 events and 1 of 5 streams unverifiable")


def test_totals_are_a_table_with_a_row_for_each_audit() -> None:
    lines = plain(samples.INCONSISTENT).splitlines()[3:7]
    assert " ".join(lines[0].split()) == (
        "audit of verdict positions produced received pending parked missing unverifiable duplicate unexpected excluded"
    )
    assert " ".join(lines[2].split()) == (
        "billing consumer of orders inconsistent 1-1000, settled to 998 878 870 3 1 4 0 2 0 120"
    )
    assert " ".join(lines[3].split()) == "mail consumer of orders unknown - - - - - - - - - -"


def test_findings_come_by_severity() -> None:
    text = plain(samples.INCONSISTENT)
    order = ["consumer/missing: 4", "consumer/parked: 1 confirmed", "log/position-gap: 22 benign", "partition eu: 3"]
    assert sorted(order, key=text.index) == order


def test_a_finding_says_how_many_where_how_sure_and_shows_samples() -> None:
    assert (
        "  error   billing consumer/missing: 4 confirmed\n"
        "    positions 5-7, 12\n"
        "    about missing\n"
        "    - position 5, order-1@2, OrderPlaced, id e5, 2026-03-01T12:00:00Z (1s old)\n"
    ) in plain(samples.INCONSISTENT)


def test_who_stands_in_the_way_is_named() -> None:
    assert "    held by pid 4711\n" in plain(samples.INCONSISTENT)


def test_who_is_named_in_the_message_is_not_named_again() -> None:
    named = samples.finding(message="held up by pid 4711", evidence={"holders": ["pid 4711"]})
    assert plain(samples.result(samples.consumer(named))).count("pid 4711") == 1


def test_what_was_not_checked_is_grouped_by_reason() -> None:
    text = plain(samples.INCONSISTENT)
    assert "  no-inbox: duplicate of billing, mail\n    no inbox\n" in text
    assert "  unreachable: mail\n    nothing was read\n" in text


def test_many_audits_that_lack_the_same_are_told_in_one_sentence() -> None:
    entries = [NotChecked(audit=name, check="missing", reason="no-inbox", message=f"{name} has none") for name in "abc"]
    text = plain(samples.result(samples.log(), not_checked=tuple(entries)))
    assert "  no-inbox: missing of a, b, c\n    a has none (and 2 more like it)\n" in text


def test_an_audit_that_failed_is_told_once() -> None:
    entry = NotChecked(audit="mail", check=None, reason="unreachable", message="store 'mail': refused")
    text = plain(samples.result(samples.UNREACHABLE, not_checked=(entry,)))
    assert text.count("store 'mail': refused") == 1
    assert "not checked" not in text


def test_problems_and_notes_are_told() -> None:
    text = plain(samples.INCONSISTENT)
    assert "could not be decided\n  mail: store 'mail': refused (unreachable)\n" in text
    assert "notes\n  billing: the type 'Ordr*' matches nothing\n" in text


def test_what_is_true_of_several_audits_is_said_once() -> None:
    mail = replace(samples.UNREACHABLE, notes=("a",))
    text = plain(samples.result(samples.log(notes=("a", "b")), mail, replace(mail, name="post")))
    assert "could not be decided\n  mail, post: store 'mail': refused (unreachable)\n" in text
    assert "notes\n  orders, mail, post: a\n  orders: b\n" in text


def test_the_last_lines_are_commands_to_type_next() -> None:
    assert plain(samples.INCONSISTENT).endswith(
        "\nnext\n  auditor trace orders:5\n  auditor redeliver plan billing\n"
        "  auditor explain consumer/missing\n  auditor explain consumer/parked\n  auditor doctor mail\n"
        "  auditor check billing --show-sql\n"
    )
    assert "next" not in plain(samples.CONSISTENT)


def test_for_whom_no_target_is_configured_it_says_what_is_to_be_configured_first() -> None:
    lacking = samples.consumer(samples.finding(events=(samples.event(5),)))
    others = [replace(lacking, name=name, has_target=False) for name in ("ship ping", "mail")]
    once, last = "once a [redelivery.NAME] says how", "is sent events, and who hears it"
    assert planned(lacking, *others) == [
        "  auditor redeliver plan billing",
        f"  auditor redeliver plan 'ship ping' mail  # {once} each {last}",
    ]
    careful = replace(lacking, name="ledger", takes_twice=False)
    declared = "once all who hear what 'ledger' is sent are declared idempotent, or with --accept-duplicates"
    assert planned(careful, lacking)[1:] == [f"  auditor redeliver plan ledger  # {declared}"]
    assert planned(others[0]) == [f"  auditor redeliver plan 'ship ping'  # {once} 'ship ping' {last}"]


def planned(*audits: Audit) -> list[str]:
    """What is to be typed to plan."""
    return [line for line in plain(samples.result(*audits)).splitlines() if "redeliver plan" in line]


@pytest.mark.parametrize(
    ("audit", "place"),
    [
        (samples.consumer(samples.finding(events=(samples.event(5, partition="eu"),))), "orders:eu:5"),
        (samples.log(samples.finding("unsent", events=(samples.event(6),))), "orders:6"),
        (
            samples.log(samples.finding("underived", events=(samples.event(7),)), name="v1", upstream="orders"),
            "orders:7",
        ),
        (samples.log(samples.finding("duplicate", events=(samples.event(8),)), name="v1", upstream="orders"), "v1:8"),
    ],
)
def test_one_of_the_events_can_be_traced_in_the_log_whose_position_it_has(audit: Audit, place: str) -> None:
    assert f"  auditor trace {place}\n" in plain(samples.result(audit))


def test_an_event_without_a_position_is_not_offered_to_be_traced() -> None:
    gap = samples.finding("version-gap", events=(Event(stream="order-1", version=2),))
    assert "auditor trace" not in plain(samples.result(samples.log(gap)))


def test_the_commands_name_the_config_and_quote_what_a_shell_would_take_apart() -> None:
    audit = replace(samples.UNREACHABLE, name="my mail; rm")
    text = render(samples.result(audit), "terminal", Appearance(config="a b.toml"))
    assert text.endswith("  auditor doctor --config 'a b.toml' 'my mail; rm'\n")


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_no_line_is_wider_than_the_terminal_or_ends_in_space(result: Result, width: int) -> None:
    lines = on_terminal(result, width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_a_narrow_terminal_shows_the_totals_as_the_sum_that_they_are() -> None:
    assert (
        "✗ billing (consumer of orders) inconsistent 878 produced = 870 received + 3 pending + 1 parked + 4 missing"
        " positions 1-1000, settled to 998; 2 duplicate, 120 excluded "
    ) in " ".join(on_terminal(samples.INCONSISTENT, 59).split())


def head(width: int | None) -> list[str]:
    """The titles of the columns of the totals."""
    text = plain(samples.INCONSISTENT) if width is None else on_terminal(samples.INCONSISTENT, width)
    return next(line for line in text.splitlines() if line.startswith("audit ")).split()


def test_on_a_terminal_columns_of_zeros_and_then_what_is_needed_least_take_no_room() -> None:
    numbers = ["produced", "received", "pending", "parked", "missing", "duplicate"]
    assert head(None)[-2:] == ["unexpected", "excluded"]
    assert head(200) == ["audit", "of", "verdict", "positions", *numbers, "excluded"]
    assert head(120) == ["audit", "of", "positions", *numbers, "excluded"]
    assert head(100) == ["audit", "of", *numbers, "excluded"]
    assert head(80) == ["audit", *numbers, "excluded"]
    assert head(70) == ["audit", *numbers]


def test_positions_that_the_table_has_no_room_for_stand_below_it() -> None:
    assert "\npositions 1-1000, settled to 998 (orders, billing)\n" in on_terminal(samples.INCONSISTENT, 80)
    assert "\npositions " not in on_terminal(samples.INCONSISTENT, 200)


def test_on_a_terminal_the_verdict_has_a_sign_beside_its_colour_and_its_word() -> None:
    for name, said in (
        ("consistent", "✓ consistent:"),
        ("undecided", "? unknown:"),
        ("inconsistent", "✗ inconsistent:"),
    ):
        text = render(samples.ALL[name], "terminal", Appearance(width=80))
        assert re.match(rf"\x1b\[[0-9;]*7[0-9;]*m{re.escape(said)}\x1b\[0m ", text)
        assert ESCAPE.sub("", text).splitlines()[1].endswith("unverifiable")


def test_an_encoding_without_signs_gets_those_of_ascii() -> None:
    for result in (samples.INCONSISTENT, samples.CONSISTENT, samples.ON_THE_WAY):
        assert render(result, "terminal", Appearance(width=80, ascii_only=True)).isascii()


@pytest.mark.parametrize("width", [None, 80])
def test_who_lacks_what_since_when_stands_below_the_verdict_and_whoever_is_late_below_that(width: int | None) -> None:
    written = replace(samples.event(9), time=samples.STARTED - timedelta(hours=3))
    late = samples.consumer(samples.finding("lagging", count=2, events=(written,)), name="mail")
    lacking = samples.consumer(samples.finding(), losses=(samples.loss(events=(written,)),))
    result = samples.result(lacking, late)
    text = plain(result) if width is None else on_terminal(result, width)
    told = " ".join(text.split("run r-1")[0].split())
    assert told.endswith(
        "billing lacks 4 events; the oldest was written 2026-03-01 09:00:00 UTC, 3h before this run."
        " mail is late: 2 events wait, the oldest written 2026-03-01 09:00:00 UTC, 3h before this run."
    )


def test_below_a_long_report_on_a_terminal_the_verdict_stands_once_more() -> None:
    verdict = "✗ inconsistent: 1 of 3 audits found errors, 1 could not be decided"
    assert on_terminal(samples.INCONSISTENT, 80).splitlines()[-1] == verdict
    assert on_terminal(samples.CONSISTENT, 80).count("✓ consistent:") == 1
    assert plain(samples.INCONSISTENT).count("inconsistent: ") == 1


def test_on_a_terminal_samples_stand_in_columns_and_ids_only_where_there_is_room() -> None:
    events = (samples.event(5, id="e" * 36), samples.event(1200, type="OrderCancelled"))
    result = samples.result(samples.consumer(samples.finding(events=events)))
    narrow = (
        "      5     order-1@2  OrderPlaced     2026-03-01T12:00:00Z (1s old)\n"
        "      1200  order-1@2  OrderCancelled  2026-03-01T12:00:00Z (1s old)\n"
    )
    assert narrow in on_terminal(result, 80)
    assert "(1s old)  id e1200\n" in on_terminal(result, 200)
    by_id_alone = Event(id="e" * 80)
    said = on_terminal(samples.result(samples.consumer(samples.finding(events=(by_id_alone,)))), 70)
    assert f"id {'e' * 29}…" in said


def test_an_event_that_is_dated_later_than_the_run_has_no_age() -> None:
    assert sample(samples.event(5), None, samples.STARTED - timedelta(seconds=1)).endswith("12:00:00Z")


def test_a_finding_names_the_hop_that_lost_its_events_and_who_lacks_them_behind_it() -> None:
    lost = samples.loss(
        LostAt.NOT_WRITTEN, 4, source="accounts", target="orders", audit="accounts", check="silent-change"
    )
    state = Audit(name="accounts", of="state", totals=Totals(), findings=(samples.finding("silent-change"),))
    own = (samples.loss(LostAt.SENT_NOT_RECEIVED, 1), samples.loss(count=3))
    readers = (samples.consumer(samples.finding(), losses=(lost, *own)), samples.consumer(name="mail", losses=(lost,)))
    text = plain(samples.result(state, *readers))
    assert "    lost between accounts and orders, no event was written: never at billing, mail\n" in text
    assert "    1 of them lost between orders and billing, marked sent\n" in text
    assert "    3 of them lost between orders and billing\n" in text


def test_where_nothing_was_lost_before_its_log_a_consumer_needs_no_list_of_losses() -> None:
    text = plain(samples.result(samples.consumer(samples.finding(), losses=(samples.loss(),))))
    assert "    lost between orders and billing\n" in text
    assert "where they were lost" not in text


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_without_a_terminal_there_is_no_colour_and_no_space_at_the_end_of_a_line(result: Result) -> None:
    text = plain(result)
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_without_a_terminal_a_name_of_10_kilobytes_stays_whole_and_on_its_line() -> None:
    line = next(line for line in plain(samples.HOSTILE).splitlines() if "position 115" in line)
    assert "y" * 10_000 in line
    assert "🦑" in line


def test_on_a_terminal_a_long_name_loses_its_middle_and_keeps_both_ends() -> None:
    shown = sample(samples.event(1, stream="a" * 5_000 + "z" * 5_000), 60)
    assert "aaa…zzz" in shown
    assert len(shown) < 150


def test_markup_and_control_characters_in_names_are_shown_and_not_obeyed() -> None:
    for text in (plain(samples.HOSTILE), ESCAPE.sub("", on_terminal(samples.HOSTILE, 300))):
        assert r"[red]x[/red]\n\x1b[2J\u202e\x00'; drop table\ud800" in text
        assert "\x1b" not in text


def test_ranges_are_few_and_the_rest_is_counted() -> None:
    many = tuple((position, position) for position in range(10, 20))
    assert ranges(samples.finding(ranges=many)) == "10, 11, 12, 13, 14 and 5 more"
    assert ranges(samples.finding(ranges=many, ranges_truncated=True)) == "10, 11, 12, 13, 14 and more than 5 more"


def test_samples_are_few_and_the_rest_is_counted() -> None:
    events = tuple(samples.event(position) for position in range(1, 9))
    text = plain(samples.result(samples.consumer(samples.finding(events=events))))
    assert "- position 5, " in text
    assert "- position 6, " not in text
    assert "- and 3 more with --max-findings 0\n" in text
    sampled = samples.finding(events=events, count=1_000)
    text = plain(samples.result(samples.consumer(sampled)))
    assert "- and 3 more in --format json, and all of them with --max-findings 0\n" in text


@pytest.mark.parametrize(("width", "few"), [(None, 5), (80, 3)])
def test_who_asks_for_samples_gets_them_and_who_does_not_gets_a_few(width: int | None, few: int) -> None:
    events = tuple(samples.event(position) for position in range(1, 9))
    result = samples.result(samples.consumer(samples.finding(events=events)))
    for asked, shown in ((None, few), (1, 1), (7, 7), (0, 8), (100, 8)):
        text = ESCAPE.sub("", render(result, "terminal", Appearance(width=width, samples=asked)))
        assert text.count("order-1@2") == shown
        assert (f"and {8 - shown} more with" in text) is (shown < 8)


def test_an_event_of_which_nothing_is_known_is_said_to_be_so() -> None:
    nothing = samples.event(1, id=None, stream=None, version=None, type=None)
    assert sample(replace(nothing, position=None, time=None), None) == "nothing is known of it"


def test_pending_and_benign_findings_take_no_room_for_samples() -> None:
    pending = samples.finding(verdict=Verdict.PENDING, events=(samples.event(5),))
    assert "position 5" not in plain(samples.result(samples.consumer(pending)))


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        (Window(first=1, last=9, settled=9), "1-9"),
        (Window(first=1, last=9), "1-9"),
        (Window(first=1, last=9, settled=5), "1-9, settled to 5"),
        (Window(), "none"),
        (Window(first=10, last=9, settled=9), "none beyond 9"),
        (samples.PARTITIONED.audits[0].window, "in 2 partitions"),
    ],
)
def test_the_window_is_told_in_words(window: Window, shown: str) -> None:
    row = plain(samples.result(samples.log(window=window, totals=Totals()))).splitlines()[4]
    assert re.split(r" {2,}", row)[3] == shown


def test_what_earlier_runs_verified_is_told_with_when_and_by_which() -> None:
    hours, minutes = samples.STARTED - timedelta(hours=7), samples.STARTED - timedelta(minutes=40)
    coverage = Coverage(through=9_990_000, run="r-0", at=hours, oldest=minutes, skipped=9_000_000)
    text = plain(samples.result(samples.log(coverage=coverage)))
    assert (
        "orders: positions up to 9,990,000 verified by run r-0 (7h ago), every range looked at within the last 40m, "
        "9,000,000 events not looked at again"
    ) in text
    by_age = replace(coverage, through=None, oldest=None, overlap=timedelta(hours=1))
    text = plain(samples.result(samples.log(coverage=by_age)))
    assert "some ranges of positions verified by run r-0 (7h ago), 9,000,000 events" in text
    assert "all younger than 1h looked at: it is settled by age only" in text
    assert "verified by earlier runs" not in plain(samples.CONSISTENT)


def test_a_run_that_was_not_recorded_says_so_below_its_verdict() -> None:
    text = plain(replace(samples.CONSISTENT, not_recorded="ledger '/l.db': no space\x1b[2J left"))
    assert text.splitlines()[2] == "this run was not recorded: ledger '/l.db': no space\\x1b[2J left"
    assert "not recorded" not in plain(samples.CONSISTENT)


def test_a_finding_says_since_when_runs_have_seen_it_unless_this_one_is_the_first() -> None:
    old = samples.finding(first_seen=samples.STARTED - timedelta(days=1, hours=2, microseconds=5))
    assert (
        "    there have been such findings without a break since 2026-02-28T09:59:59Z, 1d 2h before this run\n"
        in plain(samples.result(samples.consumer(old)))
    )
    new = samples.finding(first_seen=samples.STARTED)
    assert "without a break" not in plain(samples.result(samples.consumer(new, samples.finding("parked"))))


def test_when_a_run_began_is_told_to_the_second() -> None:
    begun = replace(samples.CONSISTENT, started=samples.STARTED - timedelta(microseconds=1))
    assert "started 2026-03-01T11:59:59Z, took" in plain(begun)


def test_where_events_were_lost_is_told_in_the_order_of_their_way() -> None:
    few = "5, 7, 9, 11, 13 and 15 more"
    assert section(plain(samples.ON_THE_WAY), "where they were lost") == [
        "  billing: 2 streams changed in accounts, without an event in orders (accounts, silent-change)",
        "  billing: 1 event in partition eu in orders, not marked sent, not at billing: position 3 (orders, unsent)",
        f"  billing: 20 events marked sent in orders, never received by billing: positions {few} (billing, missing)",
        "  billing: 4 events in orders, never received by billing: positions 50-53 (billing, missing)",
    ]
    assert "where they were lost" not in plain(samples.INCONSISTENT)


def test_how_far_a_new_consumer_has_come_is_told_while_something_may_come() -> None:
    assert section(plain(samples.ON_THE_WAY), "how far they have come") == [
        "  billing: 870 of 878 received (99%), 1,234 events/s, about 8m left",
        "  mail: 0 of 10 received (0%)",
    ]
    done = samples.consumer(
        totals=Totals(produced=10, received=9, parked=1), progress=Progress(received=9, eligible=10)
    )
    assert "how far they have come" not in plain(samples.result(done))


@pytest.mark.parametrize(("pace", "shown"), [(0.0, "0"), (0.0123, "0.012"), (9.96, "10"), (1_200.4, "1,200")])
def test_a_pace_is_told_with_as_many_figures_as_mean_something(pace: float, shown: str) -> None:
    slow = samples.consumer(progress=Progress(received=1, eligible=9, per_second=pace))
    assert section(plain(samples.result(slow)), "how far they have come") == [
        f"  billing: 1 of 9 received (11%), {shown} events/s"
    ]


def section(text: str, heading: str) -> list[str]:
    """The lines below a heading."""
    _, _, rest = text.partition(f"\n{heading}\n")
    return rest.partition("\n\n")[0].splitlines()
