"""Language models: one contract, a file per provider."""
