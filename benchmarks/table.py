"""The table of figures: a line for each case, printed when it is known, and the targets below."""

from dataclasses import dataclass, field

from benchmarks.measure import Cost

_WIDTH = 58
_HEAD = f"{'':{_WIDTH}}  {'seconds':>7}  {'peak MB':>7}  {'floor':>6}  {'x floor':>7}  {'reladiff':>8}  {'faster':>6}"


@dataclass(frozen=True, slots=True)
class Line:
    """One case: what the audit cost, and what the floor and reladiff did where they were measured."""

    name: str
    audit: Cost
    floor: Cost | None = None
    reladiff: Cost | None = None

    @property
    def of_floor(self) -> float | None:
        """How many times the floor the audit took."""
        return self.audit.seconds / self.floor.seconds if self.floor else None

    @property
    def faster(self) -> float | None:
        """How many times faster than reladiff the audit was."""
        return self.reladiff.seconds / self.audit.seconds if self.reladiff else None

    def __str__(self) -> str:
        """The line, under the table's head."""
        columns = [
            f"{self.name:{_WIDTH}}",
            f"{self.audit.seconds:7.2f}",
            f"{self.audit.peak_mb:7.0f}",
            f"{_number(self.floor.seconds if self.floor else None, '.2f'):>6}",
            f"{_number(self.of_floor, '.1f'):>7}",
            f"{_number(self.reladiff.seconds if self.reladiff else None, '.2f'):>8}",
            f"{_number(self.faster, '.1f'):>6}",
        ]
        return "  ".join(columns).rstrip()


@dataclass(slots=True)
class Table:
    """Prints as it goes, since the whole takes minutes."""

    _targets: list[str] = field(default_factory=list)

    def section(self, title: str) -> None:
        """Begin a group of lines."""
        print(f"\n{title}\n{_HEAD}", flush=True)

    def add(self, line: Line) -> Line:
        """Print a line, and return it."""
        print(line, flush=True)
        return line

    def target(self, what: str, measured: float | None, most: float) -> None:
        """Note a target that is met by at most that much. Not measured, not noted."""
        if measured is not None:
            self._note(what, f"{measured:.2f}", met=measured <= most)

    def target_at_least(self, what: str, measured: float | None, least: float) -> None:
        """Note a target that is met by at least that much. Not measured, not noted."""
        if measured is not None:
            self._note(what, f"{measured:.2f}", met=measured >= least)

    def end(self) -> None:
        """Print the targets. None of them makes the benchmark fail: times belong to a machine."""
        print("\ntargets")
        print("\n".join(self._targets), flush=True)

    def _note(self, what: str, measured: str, *, met: bool) -> None:
        self._targets.append(f"{what:{_WIDTH + 18}}  {measured:>6}  {'met' if met else 'not met'}")


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
