"""The files that staff keep, read strictly: every mistake with its file, its line and a remedy."""
