"""Whether there is a font that pictures can be written with."""

import pytest

from callagent.errors import ConfigurationError
from callagent.quality.pixels import png_of


def _is_written() -> bool:
    """Whether words come out."""
    try:
        png_of('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>')
    except ConfigurationError:
        return False
    return True


needs_font = pytest.mark.skipif(not _is_written(), reason="no font is installed: apt install fonts-dejavu-core")
