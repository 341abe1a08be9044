"""Speech recognition: one contract, a file per provider."""
