"""Calls from their first message to their last: dialogs, INVITE and all inside of it."""
