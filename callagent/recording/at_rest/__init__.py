"""Recordings on disk, plain or encrypted; who reads or writes one need not know which: see `files`."""
