"""A document in, searchable passages out: follows what S3 holds under ``knowledge/``."""
