"""What a call leaves behind: sound and events on disk."""
