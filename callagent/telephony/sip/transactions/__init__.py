"""What is sent again and when, and which answer belongs to which request (RFC 3261 17)."""
