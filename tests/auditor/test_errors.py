"""Errors are one line each, and carry nothing that would hurt to read."""

import pytest

from auditor import redact
from auditor.errors import AuditorError, ConfigError, StoreError, UsageError


def test_usage_and_config_errors_end_with_2_and_all_others_with_3() -> None:
    assert [UsageError.exit_code, ConfigError.exit_code, StoreError.exit_code, AuditorError.exit_code] == [2, 2, 3, 3]


def test_what_a_driver_said_over_several_lines_becomes_one() -> None:
    error = StoreError("shop", "unreachable", 'connection to "h" failed:\n\tIs the server running?\n')
    assert error.lines() == ("error: store 'shop': connection to \"h\" failed: Is the server running?",)


def test_several_complaints_about_a_config_are_a_line_each() -> None:
    assert ConfigError("a is wrong\nb is wrong\n").lines() == ("error: a is wrong", "error: b is wrong")


def test_control_characters_cannot_reach_the_terminal() -> None:
    assert UsageError("no log called '\x1b[2J\u202e'").lines() == (r"error: no log called '\x1b[2J\u202e'",)


def test_a_password_that_was_learnt_never_gets_into_an_error() -> None:
    redact.learn("postgresql://u:flounder99@h/db")
    error = StoreError("shop", "denied", "flounder99 was refused")
    assert "flounder99" not in f"{error} {error.lines()} {error.message} {error.args}"


def test_a_store_error_has_one_of_the_known_reasons() -> None:
    with pytest.raises(ValueError, match="unknown reason 'tired'"):
        StoreError("shop", "tired", "no")
