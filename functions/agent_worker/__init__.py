"""Answers a queued message: one turn, by a bounded team of agents, committed exactly once."""
