"""Makes the pages of which the code knows the content: ``make docs`` writes them, the tests see that they are true.

A page is one file here with a ``page()`` that returns it whole, and its line in :mod:`docs.generator.pages`. What it
says is taken from what the program goes by (its models, its catalogue, its command line); only what joins the pieces is
written here. The other pages of the folder are written by hand.
"""
