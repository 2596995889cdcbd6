"""The Django application: a message comes in, and an agent answers it."""
