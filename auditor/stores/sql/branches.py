"""One select many times over, in one ``UNION ALL``, that is put into words once.

The branches differ in few places and in nothing else. SQLAlchemy would walk through every expression of each of them,
which takes longer than the database needs to answer. Here it does so for one branch, in which places are held for
what differs; that is put into words for each branch, its values bound like all others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, ClauseElement, ColumnElement, Executable, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from auditor.stores.sql.relation import Expression


class Place(ColumnElement[Any]):
    """Where the branches differ. Two places of one statement have different names."""

    inherit_cache = False

    def __init__(self, name: str, type_: TypeEngine[Any] | None = None) -> None:
        """``type_``: of what belongs there; a condition where there is none."""
        self.mark = f"\0{name}\0"
        """What stands there until the rest is put into words: no SQL has a NUL in it, nor has a name of a config."""
        self.type = Boolean() if type_ is None else type_


Branch = Mapping[Place, Expression]
"""What belongs into the places of one branch. A condition is one of several that ``AND`` joins, or the only one."""


class Branches(Executable, ClauseElement):
    """A select with places in it, as often as there are ``branches``."""

    inherit_cache = False  # of one branch there is no need to remember how it is put into words

    def __init__(self, select: Select[*tuple[Any, ...]], branches: Sequence[Branch]) -> None:
        self.select = select
        self.branches = branches


@compiles(Place)
def _mark(place: Place, _compiler: SQLCompiler, **_options: Any) -> str:
    return place.mark


@compiles(Branches)
def _union_all(statement: Branches, compiler: SQLCompiler, **options: Any) -> str:
    pattern = compiler.process(statement.select, **options)
    return " UNION ALL ".join(_filled(pattern, branch, compiler) for branch in statement.branches)


def _filled(pattern: str, branch: Branch, compiler: SQLCompiler) -> str:
    for place, expression in branch.items():
        pattern = pattern.replace(place.mark, compiler.process(expression))
    return pattern
