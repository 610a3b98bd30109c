"""Control totals: what was produced, and where each of those events is accounted for."""

from dataclasses import dataclass

from checks.model.result import Audit, Result, Totals
from reports.html.agreed import nothing_new
from reports.html.words import number, shortened

BALANCE = ("received", "pending", "parked", "missing", "unverifiable")
"""Parts of what was produced, each event in one of them."""
BESIDE = ("duplicate", "unexpected", "excluded")
_NOT_KNOWN = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The totals of an audit. ``parts``, ``beside``: name, number, and that number as text, in the order of columns.

    ``instead``: why there is nothing to draw. ``earlier``: how much was verified by earlier runs, which is not in it.
    ``told``: the same as a sum, for a screen that has no room for columns.
    """

    name: str
    kind: str
    verdict: str
    unit: str
    produced: int
    shown: str
    parts: tuple[tuple[str, int, str], ...]
    beside: tuple[tuple[str, int, str], ...]
    balances: bool
    instead: str
    earlier: str
    told: str


def balances(result: Result) -> list[Balance]:
    """Those of every audit; none where no audit was carried out."""
    if all(audit.totals is None for audit in result.audits):
        return []
    return [_unknown(audit) if audit.totals is None else _balance(audit, audit.totals) for audit in result.audits]


def _unknown(audit: Audit) -> Balance:
    """That of an audit which could not be carried out: a row that is missing would look as if nobody had wanted it."""
    return Balance(
        name=shortened(audit.name),
        kind=audit.of,
        verdict=audit.verdict.value,
        unit="events",
        produced=0,
        shown=_NOT_KNOWN,
        parts=tuple((name, 0, _NOT_KNOWN) for name in BALANCE),
        beside=tuple((name, 0, _NOT_KNOWN) for name in BESIDE),
        balances=True,
        instead="not carried out",
        earlier="",
        told="",
    )


def _balance(audit: Audit, totals: Totals) -> Balance:
    def named(*names: str) -> tuple[tuple[str, int, str], ...]:
        return tuple((name, getattr(totals, name), number(getattr(totals, name))) for name in names)

    skipped = 0 if audit.coverage is None else audit.coverage.skipped
    return Balance(
        name=shortened(audit.name),
        kind=audit.of,
        verdict=audit.verdict.value,
        unit="streams" if audit.of == "state" else "events",
        produced=totals.produced,
        shown=number(totals.produced),
        parts=named(*BALANCE),
        beside=named(*BESIDE),
        balances=totals.balances(),
        instead="" if totals.produced else nothing_new(audit),
        told=_told(totals, "streams" if audit.of == "state" else "produced"),
        earlier=f"and {number(skipped)} verified before" if totals.produced and skipped else "",
    )


def _told(totals: Totals, unit: str) -> str:
    """``789 produced = 781 received + 8 missing; 2 duplicate``, without what is zero."""
    parts = [f"{number(count)} {name}" for name in BALANCE if (count := getattr(totals, name)) or name == "received"]
    beside = [f"{number(count)} {name}" for name in BESIDE if (count := getattr(totals, name))]
    return "; ".join([f"{number(totals.produced)} {unit} = {' + '.join(parts)}", *([", ".join(beside)] * bool(beside))])
