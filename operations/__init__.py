"""What people do to a running system: ``python -m operations <command>``, here and on AWS."""
