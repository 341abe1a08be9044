"""Who has the floor: endpointing, barge-in, silence. Pure: events and times in, decisions out."""
