"""The process's configuration: what can be set, where it was set, and what is wrong with it."""
