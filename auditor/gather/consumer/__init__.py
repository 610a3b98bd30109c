"""The evidence about one consumer: its log and its inbox compared, looked at again, and held against earlier runs.

A comparison leaves out what earlier runs verified (:mod:`remainder`, :mod:`remembered`), digests the rest
(:mod:`digested`), or reads it row by row, and what it notes is looked up again (:mod:`second_look`).
"""
