"""The schema, applied on every deploy that changes it, and the functions' database roles."""
