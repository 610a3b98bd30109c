"""What can be wrong with a consumer of a log."""
