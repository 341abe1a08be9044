"""Personal data in what is kept of a call: found, replaced by tokens, and stood in for when the call is replayed. Pure.

`Redactor` cleans all texts of one call, `restore` gives them values back that belong to nobody.
"""

from callagent.recording.redaction.finders import find_personal, mask
from callagent.recording.redaction.finds import KINDS, Find, Kind
from callagent.recording.redaction.redactor import Redactor, public_in
from callagent.recording.redaction.tokens import CALLER_STAND_IN, PART, TOKEN, restore, stand_in

__all__ = [
    "CALLER_STAND_IN",
    "KINDS",
    "PART",
    "TOKEN",
    "Find",
    "Kind",
    "Redactor",
    "find_personal",
    "mask",
    "public_in",
    "restore",
    "stand_in",
]
