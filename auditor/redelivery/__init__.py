"""Targeted redelivery: what is missing is planned, sent again, exactly that, and looked for at the consumer."""
