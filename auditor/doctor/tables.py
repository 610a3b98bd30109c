"""Whether the tables of a config are there, and whether the role may read what audits read of them.

Row-level security is the treacherous case: a role that may not see some rows gets no error, only fewer rows, and
whatever it does not see would be reported as missing.
"""

from collections.abc import Iterator

from auditor.doctor.uses import Use
from auditor.stores.catalogue import Table, Whereabouts
from checks.model.diagnosis import Examined
from checks.wording import counted, quoted


def absent(use: Use, whereabouts: Whereabouts) -> Examined:
    """The line about a table that the role does not find."""
    about, schema = use.about("table"), use.table.rpartition(".")[0]
    told = f"{use.section}: there is no table or view {quoted(use.table)}"
    if not whereabouts.schema:
        return about.failure(f"{told}: there is no schema {quoted(schema)}", _near(use, whereabouts))
    if not whereabouts.usable:
        lacks = f"{use.section}: the role may not look into schema {quoted(schema)}"
        return about.failure(lacks, "let the owner of the schema run", whereabouts.grants)
    if whereabouts.elsewhere:
        others = ", ".join(quoted(other) for other in whereabouts.elsewhere)
        path = "" if schema else " on the search path"
        found = f"{told}{path}, but {others}"
        advice = f"write table = {quoted(whereabouts.elsewhere[0])} in {use.section}"
        return about.failure(found, advice, whereabouts.grants)
    return about.failure(told, _near(use, whereabouts))


def _near(use: Use, whereabouts: Whereabouts) -> str:
    if whereabouts.near:
        return f"correct {use.section} table (did you mean {' or '.join(quoted(name) for name in whereabouts.near)}?)"
    return f"correct {use.section} table, or the database at the end of the store's url"


def present(use: Use, table: Table) -> Iterator[Examined]:
    """The lines about a table that is there: what it is, and what the role may do with it."""
    yield use.about("table").fine(f"{use.section}: {table.kind} {quoted(use.table)}{_size(table)}")
    yield from _rights(use, table)


def _size(table: Table) -> str:
    if table.rows is None:
        return ""
    parts = f" in {counted(len(table.parts), 'partition')}" if table.kind == "partitioned table" else ""
    return f", about {counted(table.rows, 'row')}{parts}"


def _rights(use: Use, table: Table) -> Iterator[Examined]:
    about = use.about("rights")
    unreadable = [column for column in table.unreadable if column in use.named()]
    if unreadable:
        which = ", ".join(quoted(column) for column in unreadable)
        whole = len(table.unreadable) == len(table.columns)
        what = quoted(use.table) if whole else f"{which} of {quoted(use.table)}"
        yield about.failure(f"the role may not read {what}", "let the owner of the table run", table.grants)
    if table.filtered:
        message = f"row-level security may hide rows of {quoted(use.table)} from the role: they would count as missing"
        yield about.warning(message, "audit as a role with BYPASSRLS, or with a policy that lets it read every row")
    elif not unreadable:
        offer = "the auditor only reads: a role that has SELECT and nothing else would do" if table.writable else None
        yield about.fine(f"the role may read {quoted(use.table)}{' and write to it' if table.writable else ''}", offer)
