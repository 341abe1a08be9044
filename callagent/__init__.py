"""callagent answers a shop's telephone.

The rooms, from the bottom up: `media` (audio as data), `telephony` (how a leg reaches us), `turn` (who has
the floor), `stt`, `llm` and `tts` (providers behind contracts), `dialogue` and `knowledge` (what to say),
`call` (one live call), `recording`, `simulator` (the carrier's and the caller's side), and `app`, which alone
knows them all. Imports point down; `tests/test_architecture.py` holds that.
"""
