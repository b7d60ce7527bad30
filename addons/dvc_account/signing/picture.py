# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The picture of a hand signature or a seal: a real PNG that one can see through, and no more of it.

Nghị định 30/2020/NĐ-CP, phụ lục I: PNG with a transparent ground.
"""

import io

from PIL import Image, UnidentifiedImageError

SIZE_MAX = 512 * 1024
SIDE_MIN, SIDE_MAX = 32, 2400
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# At least this share of the ground is seen through, or it hides the document.
CLEAR_MIN = 0.2


class PictureRefused(ValueError):
    """A picture that is not taken; ``reason`` is size, form, pixels or ground."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def checked(data: bytes) -> bytes:
    """Return the picture written anew: its pixels only, without whatever else the file carried.

    :raise PictureRefused: too large, no PNG, too few or too many pixels, no transparent ground
    """
    if len(data) > SIZE_MAX:
        raise PictureRefused("size")
    if not data.startswith(SIGNATURE):
        raise PictureRefused("form")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            # The header's word comes first: nothing is unpacked that is too large.
            if not all(SIDE_MIN <= side <= SIDE_MAX for side in image.size):
                raise PictureRefused("pixels")
            if getattr(image, "n_frames", 1) != 1:
                raise PictureRefused("form")
            clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
            pixels = image.convert("RGBA")
    except PictureRefused:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise PictureRefused("form") from None
    shades = pixels.getchannel("A").histogram()
    total = sum(shades)
    if not clear or shades[0] < CLEAR_MIN * total or shades[0] == total:
        raise PictureRefused("ground")
    sink = io.BytesIO()
    pixels.save(sink, "PNG", optimize=False)
    return sink.getvalue()


def proportion(data: bytes) -> float:
    """Return width by height of a checked picture."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return image.width / image.height
