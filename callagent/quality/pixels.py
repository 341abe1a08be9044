"""A picture as PNG, for where an SVG cannot be shown; by resvg, which the extra `pictures` brings."""

from importlib import import_module
from typing import Final

from callagent.errors import ConfigurationError

FONTS: Final = "'Noto Sans','Noto Sans Devanagari',system-ui,'DejaVu Sans','Liberation Sans',Arial,sans-serif"
"""What pictures are written with: the first of these that is installed."""
_SHEET: Final = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{}</svg>'
_LETTER: Final = f'<text y="20" style="font:13px {FONTS}">a</text>'


def png_of(svg: str) -> bytes:
    """An SVG as PNG. Raises ConfigurationError without the library, and where there is no font to write with."""
    try:
        resvg = import_module("resvg_py")
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PNG files need the extra 'pictures': uv sync --extra pictures. An SVG needs nothing: --svg FILE."
        ) from None
    empty, written = (bytes(resvg.svg_to_bytes(svg_string=_SHEET.format(inside))) for inside in ("", _LETTER))
    if empty == written:
        raise ConfigurationError(
            "PNG files need a font, and none was found to write with. Install Noto Sans or DejaVu Sans, on Debian "
            "fonts-noto-core or fonts-dejavu-core. An SVG needs nothing: --svg FILE."
        )
    return bytes(resvg.svg_to_bytes(svg_string=svg))
