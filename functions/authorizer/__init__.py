"""Turns a credential into a principal."""
