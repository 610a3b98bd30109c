"""``auditor init``: from the URLs of databases to an auditor.toml with comments.

It proposes, with reasons, and would rather leave something out than make a config that raises a false alarm: what is
not clear stands in the file as a comment. It reads catalogues and a bounded number of rows, and writes one new file.
What it cannot know (what a consumer ought to receive, whether it may get an event twice) it does not say.
"""

from auditor.init.choosing import Asking, Best, Clear
from auditor.init.drafting import Chooser, Draft
from auditor.init.preparing import NoLogError, Prepared, create, prepare

__all__ = ["Asking", "Best", "Chooser", "Clear", "Draft", "NoLogError", "Prepared", "create", "prepare"]
