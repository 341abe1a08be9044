"""How good calls were, and how they are shown: scores, scorecards, pictures, trends."""
