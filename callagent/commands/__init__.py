"""The commands: what each is told, does and shows."""
