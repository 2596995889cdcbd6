"""One module a format; each brings libraries of its own and is imported when it is needed."""
