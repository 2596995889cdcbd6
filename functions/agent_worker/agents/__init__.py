"""The specialists: what each is told, and which tools it is offered."""
