"""A picture as PNG, for where an SVG cannot be shown; by resvg, which the extra `pictures` brings."""

import re
from importlib import import_module
from typing import Final

from callagent.errors import ConfigurationError

_WRITING: Final = re.compile(r"<text\b.*?</text>", re.DOTALL)


def png_of(svg: str) -> bytes:
    """An SVG as PNG. Raises ConfigurationError without the library, and where there is no font to write with."""
    try:
        resvg = import_module("resvg_py")
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PNG files need the extra 'pictures': uv sync --extra pictures. An SVG needs nothing: --svg FILE."
        ) from None
    drawn = bytes(resvg.svg_to_bytes(svg_string=svg))
    if _WRITING.search(svg) and drawn == bytes(resvg.svg_to_bytes(svg_string=_WRITING.sub("", svg))):
        raise ConfigurationError(
            "PNG files need a font, and none was found to write with. Install Noto Sans or DejaVu Sans, on Debian "
            "fonts-noto-core or fonts-dejavu-core. An SVG needs nothing: --svg FILE."
        )
    return drawn
