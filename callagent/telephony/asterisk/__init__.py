"""Asterisk as a carrier: calls over AudioSocket (TCP) and over its WebSocket channel, each as a `Leg`."""
