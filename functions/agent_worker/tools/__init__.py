"""The five tools: what the model may look up, and the one thing it may ask to be written."""
