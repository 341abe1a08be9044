"""Labelled exchanges: what a caller does while the agent speaks or waits, and what has to come of it."""
