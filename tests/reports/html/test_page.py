"""The page as a document: what stands in it, and that nothing of it can act, load or be taken for markup."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from checks.model.finding import Severity
from checks.model.known import KnownFinding
from checks.model.result import Coverage, Extent, NotChecked, Result, Totals, Window
from reports import Appearance, render
from reports.background import Background
from reports.html.drawing import drawing
from reports.html.lost import lost
from reports.html.scope import unchecked
from tests.reports import samples
from tests.reports.html.backgrounds import BACKGROUND
from tests.reports.html.hostile import EVIL, everywhere
from tests.reports.html.parsed import Element, data, details, parsed, rows

EVERYTHING = Appearance(background=BACKGROUND, config="a b.toml")


def page(result: Result, look: Appearance = EVERYTHING) -> Element:
    return parsed(render(result, "html", look))


@pytest.mark.parametrize("result", [*samples.ALL.values(), everywhere(EVIL)], ids=[*samples.ALL, "evil"])
@pytest.mark.parametrize("look", [Appearance(), EVERYTHING], ids=["alone", "with-background"])
def test_every_page_is_well_formed_and_its_references_lead_somewhere(result: Result, look: Appearance) -> None:
    root = page(result, look)
    ids = [each.attributes["id"] for each in root.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for each in root.all():
        for name in ("aria-labelledby", "for"):
            assert set(each.attributes.get(name, "").split()) <= set(ids)
        if (link := each.attributes.get("href", "")).startswith("#"):
            assert link[1:] in ids
    levels = [int(each.tag[1]) for each in root.all() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("result", [*samples.ALL.values(), everywhere(EVIL)], ids=[*samples.ALL, "evil"])
def test_nothing_is_loaded_from_anywhere(result: Result) -> None:
    root = page(result)
    assert {each.attributes.get("href") for each in root.all("link")} == {"data:,"}
    assert not [each for each in root.all() if {"src", "srcset", "action", "formaction", "data"} & set(each.attributes)]
    links = [each.attributes["href"] for each in root.all("a")]
    assert all(link.startswith("#") for link in links)
    style = root.one("style").text
    assert "url(" not in style
    assert "@import" not in style
    policy = root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("result", [samples.CONSISTENT, samples.INCONSISTENT, everywhere(EVIL)])
def test_only_scripts_of_our_own_may_run_each_by_its_hash(result: Result) -> None:
    root = page(result)
    policy = root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    running = [each.text for each in root.all("script") if "type" not in each.attributes]
    assert len(running) == 1
    if root.all("script", id="drawing"):
        running.append(drawing().source)
    wanted = {f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in running}
    assert set(re.findall(r"'sha256-[^']+'", policy)) == wanted
    assert not [name for each in root.all() for name in each.attributes if name.startswith("on")]


def test_a_hostile_name_is_text_wherever_it_stands() -> None:
    usual, hostile = page(everywhere("harmless")), page(everywhere(EVIL))
    assert [each.tag for each in hostile.all()] == [each.tag for each in usual.all()]
    assert EVIL in hostile.one("main").text
    assert details(hostile)[0]["message"] == EVIL
    assert rows(hostile)["audits"] == [EVIL]


@pytest.mark.parametrize("result", [samples.HOSTILE, everywhere(samples.NASTY)])
def test_no_character_without_a_picture_stands_in_the_page(result: Result) -> None:
    text = render(result, "html", EVERYTHING)
    text.encode()
    assert not set(text) & {"\x00", "\x1b", "\u202e", "\r", "\t"}
    assert "\\u202e" in parsed(text).one("main").text


def test_who_is_woken_reads_what_is_lost_of_whom_since_when_and_what_to_type() -> None:
    event = replace(samples.event(5), time=samples.STARTED - timedelta(hours=3))
    result = samples.result(
        samples.log(),
        samples.consumer(
            samples.finding(
                first_seen=samples.STARTED - timedelta(hours=1), events=(event,), ranges=((5, 7), (12, 12))
            ),
            losses=(samples.loss(ranges=((5, 7), (12, 12)), events=(event,)),),
        ),
    )
    root = page(result)
    assert root.one("head").one("title").text == "Inconsistent: auditor report r-1"
    top = root.one("section", **{"class": "verdict"}).text
    assert "billing lacks 4 events; the oldest was written 2026-03-01 09:00:00 UTC, 3h before this run." in top
    card = root.one("li", **{"class": "card bad"})
    assert card.one("p").text == "billing lacks 4 events: in orders, never received by billing."
    assert [(fact.one("dt").text, fact.one("dd").text) for fact in card.all("div")] == [
        ("lost", "orders → billing"),
        ("where", "positions 5–7; 12"),
        ("streams", "order-1"),
        ("oldest written", "2026-03-01 09:00:00 UTC (3h before)"),
        ("such findings since", "2026-03-01 11:00:00 UTC (1h before)"),
    ]
    commands = [each.text for each in root.all("ol")[0].all("code")]
    assert commands == [
        "auditor trace --config 'a b.toml' orders:5",
        "auditor redeliver plan --config 'a b.toml' billing",
        "auditor explain consumer/missing",
        "auditor check --config 'a b.toml' billing --show-sql",
    ]


def test_the_sections_stand_in_the_order_in_which_they_are_needed() -> None:
    losses = (samples.loss(),)
    both = samples.consumer(samples.finding(ranges=((5, 8),)), samples.finding("duplicate"), losses=losses)
    headings = [each.attributes["id"] for each in page(samples.result(both)).all("h2")]
    assert " ".join(headings) == "lost next wrong scope totals pipeline gaps trends findings redelivery proof"


def test_totals_balance_in_the_table_and_in_the_bar() -> None:
    root = page(samples.INCONSISTENT)
    table = root.one("table", **{"class": "totals"})
    [_, _, billing, mail] = table.all("tr")
    assert [cell.text for cell in mail.all("td")] == ["not carried out", *["–"] * 9]
    cells = [int(each.attributes["data-value"]) for each in billing.all("td") if "data-value" in each.attributes]
    assert cells[0] == sum(cells[1:6]) == 878
    assert billing.one("span", **{"class": "bar"}).attributes["aria-label"] == (
        "870 received, 3 pending, 1 parked, 4 missing"
    )
    assert billing.one("span", **{"class": "told"}).text == (
        "878 produced = 870 received + 3 pending + 1 parked + 4 missing; 2 duplicate, 120 excluded"
    )
    grown = [each.attributes["style"] for each in billing.all("span") if "style" in each.attributes]
    assert grown == ["flex-grow:870", "flex-grow:3", "flex-grow:1", "flex-grow:4"]


def test_what_was_not_checked_and_what_could_not_be_decided_is_said() -> None:
    text = " ".join(page(samples.INCONSISTENT).one("main").text.split())
    assert "What could not be decided mail: store 'mail': refused (unreachable)" in text
    assert "Not checked 4 no-inbox, no-receipt-order, unreachable" in text
    assert "out-of-order: no `received` no-receipt-order" in text


def test_all_findings_are_in_the_page_the_heaviest_first_with_what_to_do() -> None:
    root = page(samples.INCONSISTENT)
    found = rows(root)
    assert [row[2] for row in found["rows"]] == sorted((row[2] for row in found["rows"]), reverse=True)
    assert len(details(root)) == len(found["rows"]) == 4
    assert sum(found["blocks"]) == 4
    assert details(root)[0]["ranges"] == [[5, 7], [12, 12]]
    advice = data(root, "advice")
    assert set(advice) == set(found["checks"])
    assert [head for head, _ in advice["consumer/missing"]["sections"]][-1] == "What to do"
    counts = {each.text.split()[0]: each.text.split()[1] for each in root.all("label", **{"class": "tick"})}
    assert counts == {severity.value: str(count) for severity, count in zip(Severity, (1, 1, 2), strict=True)}


def test_integers_beyond_what_javascript_reads_exactly_come_as_text() -> None:
    finding = samples.finding(
        count=2**63, ranges=((2**60, 2**60 + 1),), events=(samples.event(2**60),), evidence={"at": 2**60, "few": 3}
    )
    root = page(samples.result(samples.consumer(finding)))
    [detail] = details(root)
    assert detail["ranges"] == [[str(2**60), str(2**60 + 1)]]
    assert detail["events"][0]["position"] == str(2**60)
    assert detail["evidence"] == {"at": str(2**60), "few": 3}
    assert detail["count"] == str(2**63)


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_the_hash_is_that_of_the_json_document_without_spaces(result: Result) -> None:
    document = json.loads(render(result, "json"))
    said = page(result).one("dl", **{"class": "proof"}).all("code")[-1].text
    assert said == hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()


def test_a_result_alone_is_a_whole_page_without_what_only_the_ledger_and_the_config_know() -> None:
    root = page(samples.INCONSISTENT, Appearance())
    headings = {each.attributes["id"] for each in root.all("h2")}
    assert headings == {"next", "wrong", "undecided", "scope", "totals", "pipeline", "gaps", "findings", "proof"}
    assert "auditor check orders billing mail" in root.one("main").text


def test_the_command_that_was_typed_and_the_hash_of_the_config_are_kept() -> None:
    text = page(samples.CONSISTENT).one("main").text
    assert "auditor check --config shop.toml billing" in text
    assert "c0ffee" in text


def test_that_the_ledger_could_not_be_read_is_said() -> None:
    look = Appearance(background=Background(not_read="ledger x.db: damaged"))
    assert "The ledger could not be read for this report: ledger x.db: damaged" in page(samples.CONSISTENT, look).text


def test_what_was_sent_again_is_told_with_what_became_of_it() -> None:
    table = page(samples.INCONSISTENT).one("div", **{"aria-label": "Redeliveries"})
    [_, row] = table.all("tr")
    assert [" ".join(each.text.split()) for each in row.all("td")][3:] == [
        "orders-api (http)",
        "billing",
        "3 accepted, 1 rejected",
        "2 healed, 1 missing",
        "OPS-1: lost in the night",
    ]


def test_a_page_without_charts_does_not_carry_what_draws_them() -> None:
    text = render(samples.CONSISTENT, "html")
    assert len(text) < 100_000
    assert not parsed(text).all("script", id="drawing")


def test_samples_beyond_the_room_that_there_is_are_left_out_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.blocks.MOST_PACKED", 1_000)
    monkeypatch.setattr("reports.html.blocks.BLOCK", 2)
    many = [samples.finding(partition=str(number), events=(samples.event(number),)) for number in range(40)]
    root = page(samples.result(samples.consumer(*many)))
    kept = len(details(root))
    assert 0 < kept < 40
    assert kept == sum(rows(root)["blocks"])
    assert len(rows(root)["rows"]) == 40
    said = f"samples and evidence of the {40 - kept} least weighty findings were left out"
    assert said in root.one("main").text


def test_names_of_samples_are_searched_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.findings.MOST_WORDS", 15)
    found = [samples.finding(partition=str(number), events=(samples.event(number),)) for number in range(3)]
    words = rows(page(samples.result(samples.consumer(*found))))["words"]
    assert words == [[["order-1"], ["e0"]], [["order-1"], ["e1"]], None]


def test_the_lightest_losses_are_not_shown_at_once() -> None:
    losses = tuple(
        samples.loss(source=f"log-{number}", count=number, audit=f"log-{number}", check="unsent")
        for number in range(1, 8)
    )
    root = page(samples.result(samples.consumer(losses=losses)))
    assert len(root.all("li", **{"class": "card bad"})) == 7
    shown = root.all("ul", **{"class": "cards"})
    assert [len(each.all("li")) for each in shown] == [4, 3]
    assert "lacks 7 events" in shown[0].all("li")[0].text


def test_what_is_known_and_hidden_is_not_told_as_lost() -> None:
    known = KnownFinding(finding=samples.finding(), fingerprint="f", owner="ann", why="erased member")
    hidden = samples.consumer(known=(known,), losses=(samples.loss(),))
    assert lost(samples.result(hidden)) == []
    assert lost(samples.result(replace(hidden, findings=(samples.finding(count=1),)))) != []
    assert "What is lost" not in render(samples.result(hidden), "html")
    assert "not received" not in render(samples.result(hidden), "html")
    assert "Where they were lost" not in render(samples.result(hidden), "markdown")


def test_a_run_that_is_consistent_but_for_what_is_known_accuses_nobody_and_does_not_say_that_nothing_is_lost() -> None:
    known = KnownFinding(finding=samples.finding(), fingerprint="f", owner="ann", why="erased member")
    balance = Totals(produced=878, received=874, missing=4)
    main = page(samples.result(samples.consumer(known=(known,), losses=(samples.loss(),), totals=balance))).one("main")
    assert "billing lacks" not in main.text
    assert main.one("h2", id="lost").text == "Nothing else is lost, as far as was looked"
    section = " ".join(main.one("section", **{"aria-labelledby": "lost"}).text.split())
    assert "4 of what was found are known and hidden. All else that was produced" in section
    assert main.one("h3", id="known").text == "Known, and hidden"
    assert "No hop is known to have lost an event beside what is known and hidden." in main.text


def test_few_notes_stand_open_since_one_of_them_may_say_that_a_standby_was_read() -> None:
    def notes(count: int) -> Element:
        audit = samples.consumer(notes=tuple(f"note {number}" for number in range(count)))
        return page(samples.result(audit)).one("section", **{"aria-labelledby": "scope"}).all("details")[0]

    assert "open" in notes(3).attributes
    assert "open" not in notes(4).attributes


def test_where_no_audit_was_carried_out_there_are_no_totals() -> None:
    assert "Each event that was produced counts once" not in render(samples.result(samples.UNREACHABLE), "html")


def test_what_was_not_looked_at_is_not_said_to_have_been() -> None:
    assert "everything was looked at" not in render(samples.result(samples.UNREACHABLE), "html")
    assert "had ground to judge" not in render(samples.result(), "html")


def test_what_was_not_checked_stands_in_the_order_of_the_audits_and_of_the_checks() -> None:
    entries = [
        NotChecked(audit=audit, check=check, reason=f"no-{check}", message=f"no {check}")
        for audit, check in (("mail", "parked"), ("orders", "unsent"), ("billing", "parked"), ("billing", "conflict"))
    ]
    whole = NotChecked(audit="mail", check=None, reason="unreachable", message="refused")
    result = samples.result(
        samples.log(), samples.consumer(), samples.consumer(name="mail"), not_checked=(*entries, whole)
    )
    assert [(each.audit, [row[0] for row in each.rows]) for each in unchecked(result)] == [
        ("orders", ["unsent"]),
        ("billing", ["conflict", "parked"]),
        ("mail", ["", "parked"]),
    ]


def test_where_nothing_was_found_it_says_what_was_compared_and_nothing_of_what_was_not() -> None:
    lacks = NotChecked(audit="billing", check="out-of-order", reason="no-receipt-order", message="no `received`")
    text = " ".join(
        page(samples.result(samples.log(), samples.consumer(), not_checked=(lacks,))).one("main").text.split()
    )
    assert "Nothing to report: all that was compared agrees." in text
    assert re.search(
        r"billing: [\d,]+ events of orders: [\d,]+ received, [^(]*\(checks: missing, .*duplicate, parked\)", text
    )
    assert "out-of-order," not in text
    undecided = " ".join(page(samples.result(samples.log(), samples.UNREACHABLE)).one("main").text.split())
    assert "agrees" not in undecided
    assert "which says nothing of what could not be decided" in undecided
    assert "agrees" not in page(samples.result()).one("main").text


def test_an_audit_without_anything_new_says_so_in_place_of_an_empty_bar() -> None:
    coverage = Coverage(through=1_204, run="r-0", at=samples.STARTED - timedelta(hours=1), skipped=1_204)
    nothing_new = samples.consumer(totals=Totals(), coverage=coverage)
    some_new = samples.consumer(name="mail", totals=Totals(produced=2, received=2), coverage=coverage)
    for_others = samples.consumer(name="audit", totals=Totals(excluded=3))
    root = page(samples.result(nothing_new, some_new, for_others))
    assert [each.text for cell in root.all("td", **{"class": "bar-cell"}) for each in cell.all("span")[:1]] == [
        "nothing new; all 1,204 verified before",
        "",
        "no event is for it: 3 excluded",
    ]
    assert root.one("span", **{"class": "earlier"}).text == "and 1,204 verified before"
    assert len(root.all("span", **{"class": "bar"})) == 1


def test_the_hash_stays_right_whatever_names_look_like() -> None:
    looks_like = ('"findings":[]', '"losses":[]', '"audits":[]', "findings", "losses", "audits")
    audits = [
        samples.consumer(
            samples.finding(message=name, partition=name, evidence={name: [name, 2**70, 1.5e300, {name: None}]}),
            samples.finding("duplicate", evidence={"findings": [], "losses": [], "audits": []}),
            name=name,
            upstream=name,
            window=Window(partitions=((name, Extent(first=1, last=2)),)),
            notes=(name,),
            losses=(samples.loss(source=name, target=name, audit=name), samples.loss(partition=name)),
        )
        for name in looks_like
    ]
    result = replace(samples.result(*audits, samples.log()), run='"audits":[]')
    document = json.loads(render(result, "json"))
    said = page(result).one("dl", **{"class": "proof"}).all("code")[-1].text
    assert said == hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()
