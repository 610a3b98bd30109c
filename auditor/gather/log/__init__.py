"""The evidence about one log by itself: what stands in it, and whether it is still what earlier runs saw.

How much of it is read is decided first (:mod:`plan`); what became of what earlier runs saw is a :mod:`recollection`.
"""
