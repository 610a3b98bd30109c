"""The evidence about one state: its rows held against the streams of its log, and looked at again.

What differs stands on the scratch paper (:mod:`scratch`) from the first look (:mod:`first_look`) on; later looks
(:mod:`later_looks`) take off it what was merely under way.
"""
