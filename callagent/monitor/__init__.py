"""How well providers, calls and the process do, from the events of all calls; and what to do about it."""
