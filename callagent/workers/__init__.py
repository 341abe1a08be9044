"""A server of several processes: a parent that hands out connections, and workers that serve the calls."""
