"""A redelivery API: the producer is asked by HTTP to send events again.

What is asked is made in ``requests``, said in ``connection``, repeated in ``repeating``, and what the answer means
for each event stands in ``answers``.
"""

from auditor.redelivery.targets.http.target import HttpTarget

__all__ = ["HttpTarget"]
