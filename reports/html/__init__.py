"""The report to look at in a browser, to send around and to keep: one file that needs no network and no other file.

It begins with what somebody woken in the night has to know: what is lost, of whom, since when, and what to type next.
Below stand what was looked at and what was not, totals that balance, the pipeline with the hop that lost events, a map
of the gaps along each log that can be zoomed down to one event (a partition by itself, where positions count within
it), how it went over the last runs, every finding with its samples, its evidence, the SQL that shows it and what to do,
what was sent again, how to run it again, and hashes.

It follows the browser's light or dark look, prints with everything open, and works with a keyboard, a screen reader
and on a phone. It runs no script but its own and loads nothing; a browser of 2024 or newer is needed for its charts and
findings, and one that runs no scripts shows a hundred of these, without what is in them. Ranges are drawn rather than
events, and findings are packed: a hundred thousand of them take some ten megabytes, and beyond that the least weighty
ones go without samples and evidence, which it says. What draws the charts takes a second to put together. It is kept
for the next report in the folder `auditor` of the user's caches, which can be removed at any time.

``auditor check`` and ``auditor report`` add what the config and the ledger know: the pipeline, earlier runs,
redeliveries. Rendered from a result alone, it goes without. The pipeline of an old run is the one it was recorded with.
"""

from checks.model.result import Result
from reports.appearance import Appearance
from reports.html.page import page


def render(result: Result, appearance: Appearance) -> str:
    """The whole page. ``appearance.background`` and ``appearance.config`` are used where they are there."""
    return page(result, appearance)
