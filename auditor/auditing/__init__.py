"""One run on its way: which audits it has, what they share while they wait, and what becomes of each in the end.

:class:`auditor.auditing.session.Session` is the way in; it gathers evidence, has it judged, and lets no audit cost the
others.
"""
