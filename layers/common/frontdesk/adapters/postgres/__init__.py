"""Postgres with pgvector: the authority on conversations, turns, records and knowledge."""
