"""Where events are sent again: one file a kind."""
