"""The same turn with other people's frameworks; run by an interpreter that has them installed."""
