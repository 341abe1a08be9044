"""Session descriptions, and what two sides agree on (RFC 8866, RFC 3264)."""
