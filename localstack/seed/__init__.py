"""The sample company's data: CloudFlow, its customers, their records, its knowledge."""
