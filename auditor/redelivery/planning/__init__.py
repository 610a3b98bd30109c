"""Planning: which events are sent again, to whom, in which order, and what is left out and why."""
