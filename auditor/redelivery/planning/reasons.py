"""Why events are left out of a plan, as codes and as sentences, in the order in which a plan tells them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from auditor.config import ConsumerConfig
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.hearers import keeps
from checks.model.redelivery import LeftOut
from checks.wording import lasting, listed, moment, quoted

_SENTENCES = {
    "undecided": "nobody could tell what it lacks: {why}",
    "pending": "they may still arrive by themselves",
    "unknown": "whether it lacks them could not be decided: mend that first (auditor check says why)",
    "unverifiable": "nothing shows whether it ever received them",
    "parked": "it set them aside as failed: to be mended and released there",
    "baseline": "the baseline says that they are known (--no-baseline takes them in)",
    "arrived": "it has received them since the run looked",
    "gone": "they are not in the log any more, or do not count any more: nothing is left to send",
    "changed": "the log has another event in their place by now",
    "new": "they came into the log after the run had begun: the next run decides on them",
    "twin": "they share their position with an event of the plan: see version-conflict",
    "unlisted": "the run names its first ranges only: send what is planned, then plan again",
    "filtered": "they were not asked for",
    "seen-once": "no two runs{apart} have confirmed them: plan again from {again} on (--first-sighting takes them in)",
    "never": "[redelivery.{target}] never sends their types",
    "ended": "their streams have ended since, by a type that [redelivery.{target}] names in 'ended'",
    "expired": "they are older than its inbox keeps receipts ({retention}): it could not tell that they come twice",
    "forgotten": "they are older than others who hear them keep receipts ({forgetful}): these could apply them twice"
    " (--accept-duplicates --reason TEXT sends all the same)",
    "along": "[redelivery.{target}] sends all that follows them, too, also what is never sent, or of streams that end",
    "under-way": "they were sent less than {grace} ago: they may still arrive (--again sends them once more)",
    "attempts": "they were sent {attempts} times or more and are still missing (--again sends them once more)",
    "limit": "they come after the limit",
    "shared": "they are sent once, with those of {sharers}",
}
REASONS = tuple(_SENTENCES)


def left_out(
    counts: Mapping[str, int | None],
    addressee: Addressee,
    *,
    sighted: datetime,
    why: str = "",
    sharers: tuple[str, ...] = (),
    forgetful: Sequence[ConsumerConfig] = (),
) -> tuple[LeftOut, ...]:
    """What is left out for a consumer. ``why``: nothing could be decided. ``sharers``: whose events it shares.

    ``sighted``: when the first run began that confirmed any of what is ``seen-once``. ``forgetful``: others who hear
    them, and let go of receipts.
    """
    consumer, target = addressee.consumer, addressee.target
    retention = None if consumer.inbox is None else consumer.inbox.retention
    words = {
        "why": why,
        "again": moment(sighted + consumer.grace),
        "target": target.name,
        "grace": lasting(consumer.grace),
        "apart": f" at least {lasting(consumer.grace)} apart" if consumer.grace else "",
        "retention": "" if retention is None else lasting(retention),
        "attempts": str(target.max_attempts),
        "sharers": listed([quoted(name) for name in sharers]),
        "forgetful": listed([f"{quoted(each.name)} {lasting(keeps(each) or timedelta())}" for each in forgetful]),
    }
    return tuple(
        LeftOut(reason=reason, count=counts[reason], message=sentence.format(**words))
        for reason, sentence in _SENTENCES.items()
        if counts.get(reason, 0) != 0
    )
