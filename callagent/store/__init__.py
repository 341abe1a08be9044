"""What outlives a call: records in a database."""
