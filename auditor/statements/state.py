"""What shows a finding about a state: the row of each stream, and how long the stream is in the log."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.config import LogConfig, StateConfig
from auditor.identity import Kind, canonical, joint
from auditor.statements.log_table import LogTable
from auditor.statements.shown import Shown, distinct, it, some
from auditor.stores.interface import Store
from auditor.stores.interface.showing import Among, Showing
from checks.model.finding import Finding

NO_ROW, NO_EVENT = "state-missing", "state-unexpected"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A state, the log whose streams it mirrors, and the stores of both."""

    state: StateConfig
    store: Store
    log: LogConfig
    log_store: Store

    @property
    def kind(self) -> Kind | None:
        """How names of streams are compared; ``None`` where this run did not read both tables."""
        ours = self.log_store.kinds(self.log.table).get(self.log.stream or "")
        theirs = self.store.kinds(self.state.table).get(self.state.stream)
        return None if ours is None or theirs is None else joint(ours, theirs)

    def rows(self, kind: Kind, streams: list[str]) -> Showing:
        """The rows that count, of these streams."""
        state = self.state
        named = (state.stream, state.version, state.changed, *state.where)
        return Showing(
            table=state.table,
            columns=tuple(dict.fromkeys(name for name in named if name is not None)),
            where=state.where,
            among=(Among((state.stream,), (kind,), tuple((canonical(stream, kind),) for stream in streams)),),
            order=(state.stream,),
        )


def statements(finding: Finding, of: Mirror) -> Iterator[Shown]:
    """Two; one that cannot be had shows nothing. Of any check: the row and the stream, or that there is none."""
    streams, kind = distinct(event.stream for event in finding.events), of.kind
    if not streams or kind is None:
        return
    many, them = some(len(streams), finding.count, "stream"), it(streams)
    row = "no row" if finding.check == NO_ROW else "what there is"
    yield Shown(of.store, f"{row} of {many} in {of.state.name}", of.rows(kind, streams))
    length = "no event" if finding.check == NO_EVENT else "what there is"
    log = LogTable(of.log, of.log_store)
    yield Shown(of.log_store, f"{length} of {them} in {of.log.name}", log.streams(kind, streams))
