"""What an audit costs, beside the least that it could cost, and beside a tool that compares the same tables.

``make bench`` builds logs and inboxes, audits them as a user would, and prints a table. Times are those of whole
processes on the machine at hand, so the ratios are what to read: nothing here fails because of a time. What does fail
is an audit that did not find exactly what was left out.
"""
