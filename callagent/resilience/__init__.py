"""What keeps a provider's trouble from a caller: breaker, deadline, ordered fallback."""
