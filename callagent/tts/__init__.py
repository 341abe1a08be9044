"""Speech synthesis: one contract, a file per provider, and the cache before them."""
