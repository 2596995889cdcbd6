"""How much of a conversation the agents remember."""

CHARACTERS_PER_TOKEN = 4
"""English text, about; tokenizers download their tables, which a function must not need."""

WINDOW_TOKENS = 6_000
"""Fifteen long messages would be three times this; what was said last matters most."""

MAX_CARRIED_ON = 3
"""How many earlier conversations may fill a context window; more would hardly be remembered."""
