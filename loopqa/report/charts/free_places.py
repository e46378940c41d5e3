"""Where the name of a point can stand without covering another point or name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loopqa.report import theme
from loopqa.report.charts.lettering import width

_DISTANCE = 9  #: px from the middle of a point to its name
_RADIUS = 6
_LINE = 14  #: px of a line of text


class Box(NamedTuple):
    """A rectangle in pixels from the top left."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two cover each other."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: Box) -> bool:
        """Whether it lies within another one."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


class Place(NamedTuple):
    """Middle height of a name, the end or middle it starts from, and its alignment."""

    x: float
    y: float
    align: str  #: left, right or center


def free_places(
    points: Sequence[tuple[float, float]], names: Sequence[str], area: Box
) -> list[Place | None]:
    """A place for every name, in this order of importance; None where all are taken.

    >>> free_places([(50, 50), (52, 50)], ["one", "two"], Box(0, 0, 100, 100))
    [Place(x=59, y=50, align='left'), Place(x=43, y=50, align='right')]
    """
    taken = [_around(point) for point in points]
    places: list[Place | None] = []
    for at, (point, name) in enumerate(zip(points, names, strict=True)):
        others = [box for number, box in enumerate(taken) if number != at]
        found = next(
            (
                (place, box)
                for place, box in _candidates(point, name)
                if box.inside(area) and not any(box.meets(other) for other in others)
            ),
            None,
        )
        places.append(found[0] if found else None)
        if found:
            taken.append(found[1])
    return places


def _around(point: tuple[float, float]) -> Box:
    x, y = point
    return Box(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS)


def _candidates(point: tuple[float, float], name: str) -> Iterator[tuple[Place, Box]]:
    x, y = point
    long = width(name) * theme.SIZE
    half = _LINE / 2
    right = Box(x + _DISTANCE, y - half, x + _DISTANCE + long, y + half)
    left = Box(x - _DISTANCE - long, y - half, x - _DISTANCE, y + half)
    yield Place(x + _DISTANCE, y, "left"), right
    yield Place(x - _DISTANCE, y, "right"), left
    for height in (y - _DISTANCE - 4, y + _DISTANCE + 4):
        middle = Box(x - long / 2, height - half, x + long / 2, height + half)
        yield Place(x, height, "center"), middle
