# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Where a mark stands on a page: always on what is seen of it, and upright, however the page is kept."""

from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

POINTS_PER_MM = 72 / 25.4
PARENTS_MAX = 64
A4 = (0.0, 0.0, 595.0, 842.0)
MARGIN = 2 * POINTS_PER_MM


@dataclass(frozen=True)
class Page:
    """What is seen of a page.

    :param left: of the visible part, in the page's own units
    :param bottom: of the visible part, in the page's own units
    :param right: of the visible part, in the page's own units
    :param top: of the visible part, in the page's own units
    :param rotation: clockwise, when shown: 0, 90, 180 or 270
    :param unit: points in one of the page's own units
    """

    left: float
    bottom: float
    right: float
    top: float
    rotation: int = 0
    unit: float = 1.0

    @classmethod
    def of(cls, page: generic.DictionaryObject) -> "Page":
        """Read a page; what cannot be read is taken as on an ordinary one."""
        media = _box(_inherited(page, "/MediaBox")) or A4
        crop = _box(_inherited(page, "/CropBox")) or media
        seen = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
        if seen[0] >= seen[2] or seen[1] >= seen[3]:
            seen = media
        return cls(*seen, rotation=_rotation(_inherited(page, "/Rotate")), unit=_unit(page))

    @property
    def width(self) -> float:
        """Return the width as seen, in points."""
        return (self.top - self.bottom if self.rotation % 180 else self.right - self.left) * self.unit

    @property
    def height(self) -> float:
        """Return the height as seen, in points."""
        return (self.right - self.left if self.rotation % 180 else self.top - self.bottom) * self.unit

    def fit(self, left: float, bottom: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Return a place as ``(left, bottom, width, height)`` that lies on the page: moved, and shrunk if need be.

        :param left: from the left of what is seen, in points
        :param bottom: from the foot of what is seen, in points
        """
        margin = min(MARGIN, self.width / 20, self.height / 20)
        scale = min(1.0, (self.width - 2 * margin) / width, (self.height - 2 * margin) / height)
        width, height = width * scale, height * scale
        left = min(max(left, margin), self.width - margin - width)
        bottom = min(max(bottom, margin), self.height - margin - height)
        return left, bottom, width, height

    def box(self, left: float, bottom: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Return a place as the page itself counts: ``(left, bottom, right, top)``.

        :param left: from the left of what is seen, in points; so the other three
        """
        x, y, w, h = (number / self.unit for number in (left, bottom, width, height))
        wide, high = self.right - self.left, self.top - self.bottom
        x, y, w, h = {
            0: (x, y, w, h),
            90: (wide - y - h, x, h, w),
            180: (wide - x - w, high - y - h, w, h),
            270: (y, high - x - w, h, w),
        }[self.rotation]
        return (self.left + x, self.bottom + y, self.left + x + w, self.bottom + y + h)

    def seen(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return a box of the page's own counting as ``(left, bottom, width, height)`` of what is seen, in points."""
        x, y = box[0] - self.left, box[1] - self.bottom
        w, h = box[2] - box[0], box[3] - box[1]
        wide, high = self.right - self.left, self.top - self.bottom
        found = {
            0: (x, y, w, h),
            90: (y, wide - x - w, h, w),
            180: (wide - x - w, high - y - h, w, h),
            270: (high - y - h, x, h, w),
        }[self.rotation]
        return tuple(number * self.unit for number in found)


def _inherited(page, name: str):
    node = page
    for _step in range(PARENTS_MAX):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _box(value) -> tuple[float, float, float, float] | None:
    try:
        numbers = [float(number) for number in value]
    except (TypeError, ValueError, PdfError):
        return None
    if len(numbers) != 4:
        return None
    left, right = sorted((numbers[0], numbers[2]))
    bottom, top = sorted((numbers[1], numbers[3]))
    return (left, bottom, right, top) if right - left > 1 and top - bottom > 1 else None


def _rotation(value) -> int:
    try:
        return int(value) % 360 if int(value) % 90 == 0 else 0
    except (TypeError, ValueError):
        return 0


def _unit(page) -> float:
    try:
        unit = float(page.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if 0.01 <= unit <= 1000 else 1.0
