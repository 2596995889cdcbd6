"""What two or more Frontdesk functions share: domain, ports, adapters and edges."""

__version__ = "0.1.0"
