"""Evaluations: how well the system's own code routes and finds, measured on a file of questions."""
