"""Sends a person's reply by mail to a customer who has not come back for it."""
