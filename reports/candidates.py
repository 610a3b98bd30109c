"""What a run without a second look left undecided, and what is still on its way: neither is accounted for."""

from collections.abc import Callable, Iterable, Sequence

from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Result
from checks.wording import counted
from reports.visible import visible

_NOT_CONFIRMED = "not-confirmed"
"""How the reason of a finding ends that a second look would have decided."""
_OF_EVENTS = frozenset({"missing", "backfill-incomplete", "underived", "unsent", "cursor-jumped"})
_OF_STREAMS = frozenset({"state-missing", "state-behind", "silent-change"})
_MOST_AUDITS = 4


def not_decided(result: Result, named: Callable[[str], str] = visible) -> str:
    """One sentence: ``12 events of billing are not decided: no second look was taken (--no-confirm)``; empty: none.

    ``named``: how a name from the config is put.
    """
    told = [(said, count, audit.name) for audit in result.audits for said, count in _candidates(audit)]
    if not told:
        return ""
    parts = [f"{said} of {named(name)}" for said, _, name in told[:_MOST_AUDITS]]
    if (more := len(told) - _MOST_AUDITS) > 0:
        parts.append(f"some of {counted(more, 'more audit')}")
    who = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    alone = len(told) == 1 and told[0][1] == 1
    return f"{who} {'is' if alone else 'are'} not decided: no second look was taken (--no-confirm)"


def candidates(audit: Audit) -> list[Finding]:
    """What a second look would have decided."""
    return [
        each
        for each in audit.findings
        if each.verdict is Verdict.PENDING and (each.reason or "").endswith(_NOT_CONFIRMED)
    ]


def _candidates(audit: Audit) -> list[tuple[str, int]]:
    """What of one audit was not decided, with its number: events or streams, else only the findings are counted."""
    found = candidates(audit)
    for noun, checks in (("event", _OF_EVENTS), ("stream", _OF_STREAMS)):
        if count := _most(found, checks):
            return [(counted(count, noun), count)]
    return [(counted(len(found), "finding"), len(found))] if found else []


def _most(found: Sequence[Finding], checks: Iterable[str]) -> int:
    """Events of one check are counted together; another check may tell of the same ones."""
    return max((sum(each.count for each in found if each.check == check) for check in checks), default=0)


def on_their_way(result: Result) -> str:
    """How many are pending, of how many, and how many cannot be verified; empty where all are accounted for."""
    parts = []
    for noun, is_state in (("event", False), ("stream", True)):
        told = [
            audit.totals for audit in result.audits if audit.totals is not None and (audit.of == "state") is is_state
        ]
        parts += [
            f"{counted(count, noun)} {what}"
            for what, count in (
                ("pending", sum(each.pending for each in told)),
                ("unverifiable", sum(each.unverifiable for each in told)),
            )
            if count
        ]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
