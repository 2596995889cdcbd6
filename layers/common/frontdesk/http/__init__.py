"""What every function behind the HTTP API shares: requests, responses, problems."""
