"""What redelivery shows and keeps: the plan as a document and as a page, and what became of it."""
