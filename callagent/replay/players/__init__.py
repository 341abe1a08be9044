"""Those who stand in a replay where a call has its providers, and give out what a recording holds of them."""
