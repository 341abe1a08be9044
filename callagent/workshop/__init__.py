"""What staff work with: a shop's files opened, rehearsed, tested, compared and drawn, without a telephone."""
