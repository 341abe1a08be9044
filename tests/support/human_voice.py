"""A person's recorded voice: Debian's package asterisk-core-sounds-en-wav."""

from pathlib import Path

import pytest

HUMAN = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
needs_human = pytest.mark.skipif(
    not HUMAN.is_dir(), reason="the human voice is missing: apt install asterisk-core-sounds-en-wav"
)
