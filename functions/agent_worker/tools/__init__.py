"""The tools: what the model may look up, and what it may ask to be written."""
