"""The commands about recorded calls."""
