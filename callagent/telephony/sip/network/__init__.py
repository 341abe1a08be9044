"""Sockets of signalling: where we listen, whom we hear, where peers are found."""
