"""Make data/outlines from the us-atlas npm package: state and county shapes, small enough to send with a page.

npm pack us-atlas@3.0.1
python -m bench.outlines us-atlas-3.0.1.tgz
"""

from __future__ import annotations

import argparse
import json
import math
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "data" / "outlines"
PICTURE = FOLDER.parent.parent / "directory" / "static" / "country.svg"
Point = tuple[float, float]

STATES = {
    "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE", "11": "DC",
    "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA", "20": "KS", "21": "KY",
    "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN", "28": "MS", "29": "MO", "30": "MT",
    "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM", "36": "NY", "37": "NC", "38": "ND", "39": "OH",
    "40": "OK", "41": "OR", "42": "PA", "44": "RI", "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT",
    "50": "VT", "51": "VA", "53": "WA", "54": "WV", "55": "WI", "56": "WY", "60": "AS", "66": "GU", "69": "MP",
    "72": "PR", "78": "VI",
}  # fmt: skip


class Atlas:
    """A TopoJSON topology whose arcs are simplified one by one, so that neighbours keep one common border."""

    def __init__(self, topology: dict[str, Any], tolerance: float) -> None:
        self.objects = topology["objects"]
        (x_scale, y_scale), (x_start, y_start) = topology["transform"]["scale"], topology["transform"]["translate"]
        self.arcs = []
        for arc in topology["arcs"]:
            x = y = 0
            points = []
            for step_x, step_y in arc:
                x, y = x + step_x, y + step_y
                points.append((x * x_scale + x_start, y * y_scale + y_start))
            self.arcs.append([(round(x, 3), round(y, 3)) for x, y in simplified(points, tolerance)])

    def polygons(self, geometry: dict[str, Any], smallest: float) -> list[list[list[Point]]]:
        """Rings of coordinates, islands under `smallest` square degrees left out unless nothing else remains."""
        nested = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        polygons = [[self._ring(ring) for ring in polygon] for polygon in nested]
        kept = [polygon for polygon in polygons if len(polygon[0]) > 3 and area(polygon[0]) >= smallest]
        return kept or [max(polygons, key=lambda polygon: area(polygon[0]))]

    def _ring(self, arcs: list[int]) -> list[Point]:
        ring: list[Point] = []
        for arc in arcs:
            points = self.arcs[arc] if arc >= 0 else self.arcs[~arc][::-1]
            ring += points[1:] if ring else points
        return ring


def simplified(points: list[Point], tolerance: float) -> list[Point]:
    """Douglas-Peucker: the fewest points that stay within `tolerance` degrees of the line. A closed line keeps four."""
    if points[0] == points[-1] and len(points) > 4:
        half = len(points) // 2
        return simplified(points[: half + 1], tolerance)[:-1] + simplified(points[half:], tolerance)
    keep, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, index = max(
            ((_off(points[i], points[first], points[last]), i) for i in range(first + 1, last)), default=(0.0, 0)
        )
        if farthest > tolerance:
            keep.add(index)
            spans += [(first, index), (index, last)]
    return [points[i] for i in sorted(keep)]


def _off(point: Point, start: Point, end: Point) -> float:
    x, y = end[0] - start[0], end[1] - start[1]
    length = x * x + y * y
    along = ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - start[0] - along * x, point[1] - start[1] - along * y)


def area(ring: list[Point]) -> float:
    """Square degrees inside a ring."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def collection(atlas: Atlas, geometries: list[dict[str, Any]], smallest: float) -> dict[str, Any]:
    """GeoJSON of the geometries, named by state letters or county name."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": STATES[g["id"]] if len(g["id"]) == 2 else g["properties"]["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": atlas.polygons(g, smallest)},
        }
        for g in geometries
    ]
    return {"type": "FeatureCollection", "features": features}


def main() -> None:
    """Write states.json, one file of counties a state, and the picture of the first page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    with tarfile.open(parser.parse_args().package) as package:
        atlas = Atlas(_topology(package, "counties-10m"), tolerance=0.025)
        drawn = _topology(package, "states-albers-10m")
    _write(FOLDER / "states.json", collection(atlas, atlas.objects["states"]["geometries"], smallest=0.01))
    by_state = defaultdict(list)
    for geometry in atlas.objects["counties"]["geometries"]:
        by_state[STATES[geometry["id"][:2]]].append(geometry)
    for state, geometries in by_state.items():
        _write(FOLDER / "counties" / f"{state}.json", collection(atlas, geometries, smallest=0.001))
    picture = Atlas(drawn, tolerance=1.6)
    PICTURE.write_text(drawing(picture, picture.objects["states"]["geometries"]), encoding="utf-8")


def drawing(atlas: Atlas, geometries: list[dict[str, Any]]) -> str:
    """The states as a faint white picture for the first page, in the Albers projection the package brings."""
    lines = (
        "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in polygon[0][:-1]) + "Z"
        for geometry in geometries
        for polygon in atlas.polygons(geometry, smallest=40)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 975 610" fill="#fff" fill-opacity=".1" stroke="#fff" '
        f'stroke-opacity=".28" stroke-width="1.2" stroke-linejoin="round"><path d="{"".join(lines)}"/></svg>\n'
    )


def _topology(package: tarfile.TarFile, name: str) -> dict[str, Any]:
    file = package.extractfile(f"package/{name}.json")
    if file is None:
        raise SystemExit(f"the package holds no {name}.json; take us-atlas 3.0.1")
    topology: dict[str, Any] = json.load(file)
    return topology


def _write(path: Path, shapes: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(shapes, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
