"""callagent answers a shop's telephone.

The rooms, from the bottom up: `media` (audio as data), `telephony` (how a leg reaches us), `turn` (who has
the floor), `stt`, `llm` and `tts` (providers behind contracts), `dialogue` and `knowledge` (what to say),
`call` (one live call), `recording`, `simulator` (the carrier's and the caller's side), and `app`, which alone
knows them all. Imports point down; `tests/test_architecture.py` holds that.
"""

import sys

if "rich" not in sys.modules:
    # structlog would load rich, a quarter of a second, for a developer's tracebacks, which are never printed here.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
