"""What to read for an audit, in which order, and nothing more.

The order is what makes verdicts true. The log is read before the consumer, so that nothing looks missing that was
merely written meanwhile; whatever then looks missing, unexpected or ahead is looked up again, by identity, in a new
snapshot of the side where it is absent.
"""
