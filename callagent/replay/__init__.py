"""Recorded calls once more: through the code of today, over the flow and with the providers of today."""
