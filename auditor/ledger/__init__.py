"""The auditor's own memory of its runs: what was found, since when, and what later runs need not look at again.

:func:`open_ledger` gives a :class:`Ledger`, making or migrating it on first use. One run is recorded in one
transaction, with what it learnt; whatever goes wrong is a :class:`LedgerError`, and an audit goes on without.
"""

from auditor.ledger.failures import LedgerError
from auditor.ledger.ledger import Ledger
from auditor.ledger.opening import find_ledger, label_of, open_ledger
from auditor.ledger.tracking import TRACKED

__all__ = [
    "TRACKED",
    "Ledger",
    "LedgerError",
    "find_ledger",
    "label_of",
    "open_ledger",
]
