"""The whole system on one machine: ``python -m localstack <command>``, behind ``make dev``."""
