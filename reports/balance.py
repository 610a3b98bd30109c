"""The control totals of a run, an audit a line: what was produced, and what became of it.

Without a terminal every column is there. On one, what is zero for every audit takes no room, and what still does not
fit is left away, what is needed least first, or the sum of each audit is told in words.
"""

from collections.abc import Container, Iterable, Sequence

from rich.text import Text

from checks.model.result import Audit, Totals
from reports.marks import COLOURS, sign
from reports.page import Page
from reports.phrases import extent
from reports.visible import visible

_INDENT = 4
_BALANCE = ("produced", "received", "pending", "parked", "missing", "unverifiable")
_BESIDE = ("duplicate", "unexpected", "excluded")
_ALWAYS = frozenset({"produced", "received", "missing"})
_WRONG = frozenset({"missing", "duplicate", "unexpected"})
_ODD = frozenset({"pending", "parked", "unverifiable"})
_WORDS = ("audit", "of", "verdict", "positions")
_FEWER = (("audit", "of", "positions"), ("audit", "of"), ("audit",))
_GAP, _SMALLEST_GAP = 2, 1


def totals(page: Page, audits: Sequence[Audit]) -> None:
    """All audits, in their order."""
    page.line()
    if page.width is None:
        _table(page, audits, _WORDS, (*_BALANCE, *_BESIDE), _GAP)
    elif not any(_table(page, audits, *layout) for layout in _layouts(audits)):
        for audit in audits:
            _sum(page, audit)


def _layouts(audits: Sequence[Audit]) -> list[tuple[Sequence[str], Sequence[str], int]]:
    """What to try on a terminal: columns of words, of numbers, and the gap between them. Widest first."""
    filled = [
        name for name in (*_BALANCE, *_BESIDE) if name in _ALWAYS or any(_of(audit.totals, name) for audit in audits)
    ]
    fewer = [name for name in filled if name != "excluded"]
    return [
        *((words, filled, _GAP) for words in (_WORDS, *_FEWER)),
        *((words, fewer, gap) for words in _FEWER[1:] for gap in (_GAP, _SMALLEST_GAP)),
    ]


def _table(page: Page, audits: Sequence[Audit], words: Sequence[str], numbers: Sequence[str], gap: int) -> bool:
    rows = []
    for audit in audits:
        said = _said(page, audit)
        rows.append([*(said[word] for word in words), *(_cell(audit.totals, name) for name in numbers)])
    if not page.table((*words, *numbers), rows, left=len(words), gap=gap):
        return False
    if "positions" not in words:
        _spans(page, audits)
    return True


def _said(page: Page, audit: Audit) -> dict[str, Text]:
    mark = "" if page.width is None else f"{sign(audit.verdict, ascii_only=page.ascii_only)} "
    return {
        "audit": Text.assemble((mark, COLOURS[audit.verdict]), (visible(audit.name), "bold")),
        "of": Text(_kind(audit)),
        "verdict": Text(audit.verdict, style=COLOURS[audit.verdict]),
        "positions": Text(extent(audit.window)),
    }


def _spans(page: Page, audits: Sequence[Audit]) -> None:
    """The windows that the table has no room for, each with those who share it."""
    shared: dict[str, list[str]] = {}
    for audit in audits:
        if audit.window is not None:
            shared.setdefault(extent(audit.window), []).append(visible(audit.name))
    said = "; ".join(f"{where} ({', '.join(names)})" for where, names in shared.items())
    if said:
        page.line(f"positions {said}", style="dim")


def _sum(page: Page, audit: Audit) -> None:
    """The totals of one audit as the sum that they are."""
    said = _said(page, audit)
    page.line(Text.assemble(said["audit"], " (", said["of"], ") ", said["verdict"]))
    if audit.totals is not None:
        parts = _filled(audit.totals, _BALANCE[1:], always=_ALWAYS)
        page.line(f"{audit.totals.produced:,} produced = {' + '.join(parts)}", indent=_INDENT)
        beside = ", ".join(_filled(audit.totals, _BESIDE))
        page.line(Text.assemble("positions ", said["positions"], "; " if beside else "", beside), indent=_INDENT)


def _filled(totals: Totals, names: Iterable[str], always: Container[str] = ()) -> list[str]:
    return [f"{_of(totals, name):,} {name}" for name in names if _of(totals, name) or name in always]


def _kind(audit: Audit) -> str:
    return audit.of if audit.upstream is None else f"{audit.of} of {visible(audit.upstream)}"


def _of(totals: Totals | None, name: str) -> int:
    return 0 if totals is None else int(getattr(totals, name))


def _cell(totals: Totals | None, name: str) -> Text:
    number = _of(totals, name)
    style = "dim" if not number else "bold red" if name in _WRONG else "yellow" if name in _ODD else ""
    return Text("-" if totals is None else f"{number:,}", style=style)
