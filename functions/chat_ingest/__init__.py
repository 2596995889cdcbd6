"""Accepts a message: validates it, tells repeats apart, records it and queues it."""
