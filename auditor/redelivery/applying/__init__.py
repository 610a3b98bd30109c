"""Applying a plan: what holds of it is sent, batch by batch, with a journal that another attempt can go on from."""
