"""Made-up logs and what was made out of them, what must be found there, and how they are put into databases.

``pasts`` generates, ``oracle`` says naively what is true of one, ``database`` writes it down. None of the three knows
how the auditor works.
"""
