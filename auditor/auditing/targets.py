"""Whether a consumer can be sent events again, which the reports say what to type for."""

from auditor.config import Config


def has_target(config: Config, consumer: str) -> bool:
    """Whether a plan can be made for it: a target that does not say who hears it is none yet."""
    if config.consumers[consumer].redelivery is None:
        return False
    from auditor.redelivery.planning.addressees import can_be_sent  # noqa: PLC0415 (most configs have no target)

    return can_be_sent(config, consumer)


def takes_twice(config: Config, consumer: str) -> bool:
    """Whether all who hear what it is sent are declared to take an event twice; else somebody has to answer for it."""
    if config.consumers[consumer].redelivery is None:
        return True
    from auditor.redelivery.planning.addressees import needs_nobody  # noqa: PLC0415 (as above)

    return needs_nobody(config, consumer)
