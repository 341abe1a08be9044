"""The other side of the telephone: a carrier, callers and their scripts, for demo, tests and bench."""
