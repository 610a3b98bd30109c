"""What is read to hold a derived log against its upstream, beyond what is read of any consumer.

A derived log is compared as a consumer is: what the upstream wrote and what stands in the derived log, digested on
both sides, looked at twice, remembered from run to run. So it takes the place of one (:mod:`.follower`).
"""
