"""Comparing a log with what a consumer received, without judging it.

``drill`` compares digests of ranges, computed where the rows are, and nominates the identities at which the two sides
may differ; ``merge`` compares rows one by one: all of them, or only those that were nominated. What differs goes to the
scratch paper. Both ways lead to the same notes, and the slow one is the oracle of the fast one.
"""
