"""What goes into a check (evidence) and what comes out (findings, a result): frozen data, nothing else."""
