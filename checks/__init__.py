"""What can be wrong with a log or a consumer: pure judgement of evidence that somebody else has read."""
