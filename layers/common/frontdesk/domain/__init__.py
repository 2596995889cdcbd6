"""Models, rules and errors of customer support: pure Python and pydantic, no vendor in sight."""
