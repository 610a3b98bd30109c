"""What a store's server is to audits: primary or standby, its clock against others, how much the role may do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.doctor.about import About
from auditor.stores.catalogue import Catalogue, Server
from checks.model.diagnosis import Examined
from checks.wording import lasting, quoted

TOLERANCE = timedelta(seconds=2)
"""Clocks that differ by less are taken to agree: no duration of a config that matters is shorter."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a clock is ahead of another one, give or take ``within``."""

    ahead: timedelta
    within: timedelta

    def __sub__(self, other: "Difference") -> "Difference":
        """Two clocks that were both held against a third, against each other."""
        return Difference(self.ahead - other.ahead, self.within + other.within)

    @property
    def matters(self) -> bool:
        """Whether the two differ for sure, and by more than can be borne."""
        return abs(self.ahead) - self.within > TOLERANCE

    def describe(self) -> str:
        """``7s ahead of``, ``2h 5m behind``."""
        return f"{lasting(abs(self.ahead))} {'ahead of' if self.ahead > timedelta(0) else 'behind'}"


def difference(catalogue: Catalogue, now: Callable[[], datetime]) -> Difference:
    """A store's clock against this machine's, by a question that left before and came back after."""
    catalogue.clock()  # the first answer pays for the connection
    before = now()
    there = catalogue.clock()
    half = (now() - before) / 2
    return Difference(there - (before + half), half)


def role(about: About, server: Server) -> Examined:
    """How much the role may do at all; rights on tables are told with the tables."""
    if server.superuser:
        offer = "the auditor only reads: a role that has SELECT and nothing else would do"
        return about.fine(f"role {quoted(server.role or '')} is a superuser", offer)
    return about.fine(f"role {quoted(server.role or '')} is an ordinary role")


def standby(about: About, *, is_standby: bool, behind: str | None) -> Examined:
    """Primary, or standby and whether it shows all that it was sent."""
    if not is_standby:
        return about.fine("it is a primary")
    if behind is None:
        told = "it is a standby and has replayed all that it received; holes in positions cannot be judged on it"
        return about.fine(told)
    advice = "audit the primary, or wait until it has caught up: until then nothing can be confirmed as unexpected"
    return about.warning(f"it may lack what its primary has: {behind}", advice)


def clock(about: About, found: Difference) -> Examined:
    """A store's clock against this machine's."""
    if found.matters:
        advice = "ages are counted on the stores' clocks, the ledger's times on this one: let both follow NTP"
        return about.warning(f"its clock is {found.describe()} this machine's", advice)
    return about.fine(f"its clock and this machine's agree within {lasting(max(abs(found.ahead), found.within))}")


def clocks(about: About, log_store: str, found: Difference) -> Examined | None:
    """A consumer's store against its log's, which is what ``grace`` and the ages of receipts depend on."""
    if not found.matters:
        return None
    message = f"the clock of its store is {found.describe()} that of {quoted(log_store)}, where its log is"
    return about.warning(message, "let both servers follow NTP, or give grace and max_lag so much more")
