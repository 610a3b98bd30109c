"""Checks of a state against the streams that it mirrors. One check a file."""
