"""One file a revision, in the order of their numbers. What is released is never changed."""
