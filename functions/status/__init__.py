"""Reads an answer back."""
