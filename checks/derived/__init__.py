"""What can be wrong with a log that is made out of another one."""
