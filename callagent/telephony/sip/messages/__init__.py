"""Messages as text and as data: read from what a peer sent, and written."""
