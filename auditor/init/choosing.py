"""Who decides what the databases leave open: nobody, ``--yes``, or somebody at a terminal."""

from collections.abc import Callable, Sequence

from auditor.init.proposals import ConsumerProposal, LogProposal, Sureness
from reports.visible import visible


class Clear:
    """Nobody to ask: what is clear is taken, what is not stays a comment."""

    def logs(self, candidates: Sequence[LogProposal]) -> Sequence[LogProposal]:
        """Those that are at least likely."""
        return [log for log in candidates if log.sureness > Sureness.UNSURE]

    def is_consumer(self, consumer: ConsumerProposal) -> bool:
        """No: a consumer that is none would be accused of losses."""
        return False


class Best(Clear):
    """``--yes``: where no log is clear, the best of them. Doubtful consumers stay comments even so."""

    def logs(self, candidates: Sequence[LogProposal]) -> Sequence[LogProposal]:
        """Those that are at least likely, else the best one."""
        clear = super().logs(candidates)
        return clear or list(candidates[:1])


class Asking:
    """Somebody at a terminal. ``tell`` writes a line, ``ask`` writes a question and returns what was typed."""

    def __init__(self, tell: Callable[[str], None], ask: Callable[[str], str]) -> None:
        self._tell = tell
        self._ask = ask

    def logs(self, candidates: Sequence[LogProposal]) -> Sequence[LogProposal]:
        """Those whose numbers were typed; the clear ones where nothing was."""
        clear = [n for n, log in enumerate(candidates, 1) if log.sureness > Sureness.UNSURE]
        self._tell("Which of these tables are logs of events?")
        for number, log in enumerate(candidates, 1):
            place = visible(f"{log.table.name} in {log.table.store}")
            self._tell(f"  {number}  {place}: {log.sureness.word}, {visible('; '.join(log.reasons))}")
        default = " ".join(map(str, clear)) or "none"
        while True:
            typed = self._ask(f"Their numbers, or none [{default}]: ").replace(",", " ").split()
            if not typed:
                return [candidates[n - 1] for n in clear]
            if typed == ["none"]:
                return []
            if all(each.isascii() and each.isdigit() and 0 < int(each) <= len(candidates) for each in typed):
                return [candidates[n - 1] for n in sorted(set(map(int, typed)))]
            self._tell(f"Numbers from 1 to {len(candidates)}, please.")

    def is_consumer(self, consumer: ConsumerProposal) -> bool:
        """What was answered; no where nothing was."""
        self._tell(
            f"{visible(consumer.name)} may be a consumer of {consumer.log}, but: {visible(consumer.doubt or '')}."
        )
        return self._ask("Audit it as it is? [y/N]: ").strip().lower() in ("y", "yes")
