"""Which specialist a message goes to."""
