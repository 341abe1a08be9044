"""How a leg reaches us: the Leg contract and the carriers behind it."""
