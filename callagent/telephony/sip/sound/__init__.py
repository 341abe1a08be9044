"""Sockets of sound: their ports, their clock, and whose packets count."""
