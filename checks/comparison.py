"""Two recorded runs compared: what is new, still open, healed, and what the later run did not judge again.

That no finding names an event any more is not enough to call it healed. The later run may not have audited it, may
have failed, may only be waiting for it (pending), may have it in another finding, or among more than it could keep.
Each of these is told apart, and where the later run could verify less than the earlier one, that is said.

It compares what the runs found, not what happened between them: what opened and closed in between is not seen.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from checks.model.comparison import Change, Comparison, Counterpart, Group, Side, State
from checks.model.finding import Finding, Verdict
from checks.model.recorded import Opening
from checks.model.result import Result
from checks.model.state import Fault
from checks.standing import TRACKED, Identity, Standing

ABSENCE = (
    "backfill-incomplete",
    "missing",
    "stalled",
    "lagging",
    "cursor-absent",
    "out-of-retention",
    "unprocessed",
    "parked",
    "underived",
)
ONE_OF = (ABSENCE, tuple(fault.value for fault in Fault))
"""Checks of which each event, or each stream of a state, counts for one at the most: from one to another it did not
heal, it stands otherwise.

The others can say something of an event that has arrived: one that was sent again heals as missing, and is a duplicate.
"""
JUMPED, REWOUND = "cursor-jumped", "cursor-rewound"
"""What befell a cursor is told by the one run that sees it, so that no later one tells of it is no healing."""

NOT_CONFIRMED = "not-confirmed"
"""The reason of what a run without second looks left pending: it knows no more of it than that it was absent once."""


class Judged(NamedTuple):
    """What became of one event, and what its group says of it."""

    state: State
    verdict: Verdict
    counterpart: Counterpart | None = None
    note: str | None = None


def compare(earlier: Standing, later: Standing) -> Comparison:
    """Compare two runs, the earlier one first."""
    members: dict[tuple[Identity, Judged], list[Change]] = {}
    gone = (identity for identity in earlier.opened if later.opening(identity) is None)
    each = {identity: _judged(identity, earlier, later) for identity in (*later.opened, *gone)}
    for identity in _told_of_turned({identity: judged for identity, (judged, _) in each.items()}, earlier, later):
        del each[identity]
    for identity, (judged, opening) in each.items():
        trouble = identity if identity.names_no_event else identity._replace(key="…", id=None)
        members.setdefault((trouble, judged), []).append(_change(opening, judged.state, later))
    groups = [_group(trouble, judged, changes, earlier, later) for (trouble, judged), changes in members.items()]
    groups.sort(key=lambda group: (-group.severity.rank, list(State).index(group.state)))
    return Comparison(
        earlier=_side(earlier.result, later.result), later=_side(later.result, earlier.result), groups=tuple(groups)
    )


def _told_of_turned(each: Mapping[Identity, Judged], earlier: Standing, later: Standing) -> set[Identity]:
    """What would be new, but is what something of the earlier run has turned into, and no worse: it is told as that."""
    turned = {
        identity._replace(check=judged.counterpart.check).place: earlier.severity(identity, judged.verdict)
        for identity, judged in each.items()
        if judged.counterpart is not None and judged.state is State.TURNED and not _is_surer(judged)
    }
    return {
        identity
        for identity, judged in each.items()
        if judged.state is State.NEW
        and identity.place in turned
        and later.severity(identity, judged.verdict).rank <= turned[identity.place].rank
    }


def _is_surer(turned: Judged) -> bool:
    """Whether what was unknown is confirmed by now: that is news."""
    now = turned.counterpart
    return now is not None and (turned.verdict, now.verdict) == (Verdict.UNKNOWN, Verdict.CONFIRMED)


def _judged(identity: Identity, earlier: Standing, later: Standing) -> tuple[Judged, Opening]:
    """What became of one event, and the opening that says since when."""
    was, now = earlier.opening(identity), later.opening(identity)
    if now is None:
        opening = earlier.opened[identity]
        return _disappeared(identity, opening, earlier, later), opening
    found = later.holding(identity, now.event, (identity.check,))
    doubt = later.undecided(identity.audit, identity.check)
    verdict = now.verdict if found is None else found.verdict
    if found is None and doubt is not None:
        return Judged(State.UNJUDGED, verdict, note=f"the later run {doubt}"), now
    if found is not None and found.verdict not in TRACKED:  # what is only waited for stays open for the ledger
        return _turned(found, now.verdict), was or now
    if was is None:
        return _appeared(identity, now, verdict, earlier), now
    again = was.closed_at is not None and now.opened_at > was.opened_at
    return _stayed(identity, was, verdict, earlier, again=again), now if again else was


def _appeared(identity: Identity, now: Opening, verdict: Verdict, earlier: Standing) -> Judged:
    """An event that is open in the later run alone, by what the ledger tracks."""
    before = earlier.holding(identity, now.event, _checks_of(identity))
    if before is not None and before.check == identity.check and before.verdict in TRACKED:
        return _grown(identity, before.verdict, verdict, None)  # one of more than the ledger tracks
    if before is not None:
        return Judged(State.NEW, verdict, Counterpart(check=before.check, verdict=before.verdict))
    if earlier.may_hold(identity, now.event):
        return Judged(State.NEW, verdict, note="the earlier run found more than it could keep: it may be older")
    doubt = earlier.undecided(identity.audit, identity.check)
    if doubt is not None and now.opened_at < earlier.result.started:  # found before that run, and ever since
        return Judged(State.OPEN, verdict, note=f"the earlier run {doubt}")
    return Judged(State.NEW, verdict, note=None if doubt is None else f"the earlier run {doubt}: it may be older")


def _stayed(identity: Identity, was: Opening, verdict: Verdict, earlier: Standing, *, again: bool) -> Judged:
    """An event that is open in both runs."""
    before = earlier.holding(identity, was.event, (identity.check,))
    note = "healed in between, and open again" if again else None
    return _grown(identity, was.verdict if before is None else before.verdict, verdict, note)


def _grown(identity: Identity, before: Verdict, verdict: Verdict, note: str | None) -> Judged:
    """Open as before, unless what was unknown is confirmed by now: that is news."""
    if (before, verdict) == (Verdict.UNKNOWN, Verdict.CONFIRMED):
        return Judged(State.NEW, verdict, Counterpart(check=identity.check, verdict=before), note)
    if (before, verdict) == (Verdict.CONFIRMED, Verdict.UNKNOWN):
        note = "it was confirmed in the earlier run" if note is None else note
    return Judged(State.OPEN, verdict, note=note)


def _disappeared(identity: Identity, was: Opening, earlier: Standing, later: Standing) -> Judged:
    """An event that is open in the earlier run alone, by what the ledger tracks."""
    before = earlier.holding(identity, was.event, (identity.check,))
    verdict = was.verdict if before is None else before.verdict
    now = later.holding(identity, was.event, _checks_of(identity))
    if now is not None and now.check == identity.check and now.verdict in TRACKED:
        return _grown(identity, verdict, now.verdict, None)
    if now is not None:
        return _turned(now, verdict)
    if later.holds_another(identity, _checks_of(identity)):  # the log was restored or rewritten: it is lost, not healed
        return Judged(State.UNJUDGED, verdict, note="another event stands at its position now")
    if later.may_hold(identity, was.event):
        return Judged(State.UNJUDGED, verdict, note="the later run found more than it could keep")
    if identity.check == REWOUND:
        return Judged(State.UNJUDGED, verdict, note="only the run that sees a cursor go back tells of it")
    doubt = later.undecided(identity.audit, identity.check)
    if doubt is not None and was.closed_run in (None, later.result.run):
        return Judged(State.UNJUDGED, verdict, note=f"the later run {doubt}")
    more = later.unverifiable(identity.audit) - earlier.unverifiable(identity.audit)
    doubt = f"of {more} more events than before nothing could be verified, these may be among them"
    return Judged(State.HEALED, verdict, note=doubt if more > 0 else None)


def _turned(found: Finding, verdict: Verdict) -> Judged:
    """An event that another finding has now, or the same one with less certainty."""
    if found.reason == NOT_CONFIRMED:
        return Judged(State.UNJUDGED, verdict, note="the later run did not look twice (--no-confirm)")
    return Judged(State.TURNED, verdict, Counterpart(check=found.check, verdict=found.verdict))


def _checks_of(identity: Identity) -> tuple[str, ...]:
    """The checks that may have an event: its own first, and the others where it can stand in one of them only.

    An event that a cursor jumped over is absent like any other.
    """
    if identity.names_no_event:
        return (identity.check,)
    own = ABSENCE[0] if identity.check == JUMPED else identity.check
    others = next((checks for checks in ONE_OF if own in checks), ())
    return (identity.check, *(check for check in others if check != identity.check))


def _change(opening: Opening, state: State, later: Standing) -> Change:
    over = state in (State.HEALED, State.TURNED)
    until = opening.closed_at if over and opening.closed_at is not None else later.result.started
    return Change(
        event=opening.event,
        opened_run=opening.opened_run,
        opened_at=opening.opened_at,
        closed_run=opening.closed_run if over else None,
        closed_at=opening.closed_at if over else None,
        lasted=max(until - opening.opened_at, timedelta(0)),
    )


def _group(trouble: Identity, judged: Judged, changes: Sequence[Change], earlier: Standing, later: Standing) -> Group:
    audit, check, partition, *_ = trouble
    run = earlier if judged.state in (State.HEALED, State.TURNED) else later
    before, after = (each.count(audit, check, partition) for each in (earlier, later))
    whole = (before if run is earlier else after) or before or after or 1
    return Group(
        state=judged.state,
        audit=audit,
        of=later.kind_of(audit) or earlier.kind_of(audit),
        check=check,
        partition=partition,
        verdict=judged.verdict,
        severity=run.severity(trouble, judged.verdict),
        count=whole if trouble.names_no_event else len(changes),
        count_before=before,
        count_after=after,
        changes=tuple(sorted(changes, key=_place)),
        counterpart=judged.counterpart,
        note=judged.note,
    )


def _place(change: Change) -> tuple[bool, int, str]:
    """By position, and what has none by its name."""
    event = change.event
    return event.position is None, event.position or 0, f"{event.stream}@{event.version} {event.id}"


def _side(result: Result, other: Result) -> Side:
    audited = {audit.name for audit in result.audits}
    lacks = tuple(audit.name for audit in other.audits if audit.name not in audited)
    return Side(run=result.run, started=result.started, verdict=result.verdict, lacks=lacks)
