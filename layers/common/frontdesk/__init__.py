"""What two or more Frontdesk functions share: domain, ports, adapters, and the edges they meet at."""

__version__ = "0.1.0"
