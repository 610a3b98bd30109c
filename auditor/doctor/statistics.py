"""Whether the planner knows a table, and whether index-only scans can leave the table alone.

Without statistics the planner guesses, and an audit that takes a second may take minutes. A page that VACUUM has not
marked as visible to all is read even where the index has every column.
"""

from collections.abc import Iterator

from auditor.doctor.indexes import BIG, SMALL, Ward
from auditor.stores.catalogue import Part
from checks.model.diagnosis import Examined
from checks.wording import counted, quoted

_STALE = 0.2
"""The share of changed rows from which on statistics are out of date; autovacuum acts at half of it by default."""
_VISIBLE = 0.8


def examine(ward: Ward) -> Iterator[Examined]:
    """Lines about a table of some size; a small one is read in no time whatever the planner thinks."""
    if (ward.table.rows or 0) >= SMALL:
        yield _planner(ward)
    if (ward.table.rows or 0) >= BIG and ward.catalogue.vacuum_statement(ward.table):
        yield _visibility(ward)


def _planner(ward: Ward) -> Examined:
    about, name = ward.use.about("statistics"), quoted(ward.use.table)
    statement = [ward.catalogue.analyse_statement(ward.table)]
    advice = "let the owner of the table run, and see that autovacuum does from then on"
    never = [part for part in ward.table.parts if part.rows >= SMALL and not part.analysed]
    stale = [part for part in ward.table.parts if part.changed is not None and part.changed > _bound(part)]
    if never:
        return about.warning(f"the planner has no statistics of {_which(never, name)}", advice, statement)
    if stale:
        changed = counted(sum(part.changed or 0 for part in stale), "row")
        message = f"the planner's statistics of {_which(stale, name)} are stale: {changed} changed since"
        return about.warning(message, advice, statement)
    return about.fine(f"the planner has statistics of {name}")


def _bound(part: Part) -> float:
    return max(SMALL, _STALE * part.rows)


def _which(parts: list[Part], name: str) -> str:
    return name if len(parts) == 1 else f"{len(parts)} partitions of {name}"


def _visibility(ward: Ward) -> Examined:
    about, name = ward.use.about("visibility"), quoted(ward.use.table)
    pages = sum(part.pages for part in ward.table.parts)
    share = sum(part.all_visible for part in ward.table.parts) / max(pages, 1)
    if share >= _VISIBLE:
        return about.fine(f"{share:.0%} of the pages of {name} need no look in index-only scans")
    message = (
        f"only {share:.0%} of the pages of {name} are marked visible to all: index-only scans read the others, too"
    )
    statement = ward.catalogue.vacuum_statement(ward.table)
    advice = "let the owner of the table run, and see that autovacuum does often enough from then on"
    return about.warning(message, advice, [] if statement is None else [statement])
