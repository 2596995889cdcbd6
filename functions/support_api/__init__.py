"""Conversations, tickets and knowledge over HTTP, for customers and staff."""
