"""Audio as data: chunks, codings, rates, pacing and voice activity. Pure."""
