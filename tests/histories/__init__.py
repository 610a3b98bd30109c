"""Made-up pasts of a producer and a consumer, what must be found in them, and how they are put into databases.

``history`` generates, ``oracle`` says naively what is true of one, ``database`` writes it down. None of the three knows
how the auditor works.
"""
