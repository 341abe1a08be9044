"""A picture as PNG, for where an SVG cannot be shown; by resvg, which the extra `pictures` brings."""

from importlib import import_module

from callagent.errors import ConfigurationError


def png_of(svg: str) -> bytes:
    """An SVG as PNG. Raises ConfigurationError without the library."""
    try:
        resvg = import_module("resvg_py")
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PNG files need the extra 'pictures': uv sync --extra pictures. An SVG needs nothing: --svg FILE."
        ) from None
    return bytes(resvg.svg_to_bytes(svg_string=svg))
