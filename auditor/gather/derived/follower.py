"""A derived log as a consumer of the log that it is made out of: its rows are receipts, its publisher has the cursor.

The position of a row says when it was received, and what the column ``source`` says is the identity. Being complete
from the first event on is what a derived log is for, so that is its declared start.
"""

from auditor.config import ConsumerConfig, InboxConfig, LogConfig


def follower(log: LogConfig, upstream: LogConfig) -> ConsumerConfig:
    """The consumer that stands for a derived log. Both configs have been checked already."""
    return ConsumerConfig.model_construct(
        name=log.name,
        log=upstream.name,
        store=log.store,
        types=log.types,
        start="first",
        max_lag=log.max_delay,
        grace=log.max_delay,
        cursor=log.cursor,
        inbox=inbox_of(log, upstream),
    )


def inbox_of(log: LogConfig, upstream: LogConfig) -> InboxConfig:
    """The derived log as an inbox: what names the upstream event stands under the upstream's word for it."""
    by_id = log.source_key == "id"
    return InboxConfig.model_construct(
        table=log.table,
        where=log.where,
        id=log.source if by_id else None,
        position=None if by_id else log.source,
        partition=None if by_id or upstream.partition is None else log.partition,
        received=log.position,
        retention=log.retention,
    )
