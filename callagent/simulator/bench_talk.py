"""What is said when one server is measured against another, and how long its providers take: the same for all."""

from typing import Final

GREETING: Final = "Hello, how can I help you?"
QUESTIONS: Final = (
    "What is the price of a ceiling fan?",
    "Do you have sixteen amp sockets in stock?",
    "When do you open on Saturday?",
)
"""What the callers say, in turn."""
ANSWERS: Final = (
    "A ceiling fan cools the whole room at once. A table fan cools only one person, but it is easy to carry about.",
    "Heaters and pumps need the big kind of socket. For lamps and radios the small kind will do.",
    "Most people come after work, so you may have to wait for a little while then. People like to talk, you see.",
)
"""What the model says in the n-th turn of a call; after the last it starts over. Nothing that needs a look-up."""

TRANSCRIPT_MS: Final = 150
"""From the end of the audio to the transcript, and from a word's end to its interim."""
FIRST_TOKEN_MS: Final = 200
TOKENS_PER_S: Final = 50
FIRST_AUDIO_MS: Final = 100
AUDIO_SPEED: Final = 10
"""Times real time, after the first audio."""
