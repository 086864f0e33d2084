"""The figures of `make bench` as pictures for the docs.

    python -m benchmarks.plots FOLDER IMAGES

FOLDER holds peers.json and, if there is one, growth.json. IMAGES gets, for each site, peers-SITE-build.svg, -disk,
-memory and -questions (p50 by kind); peers-quality.svg for the question sets; growth.svg. Plain SVG with colours for
light and dark.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.peers.questions import KINDS
from benchmarks.peers.tables import figure

# Shades of one hue for ours, a hue each for the others, the same in every picture; in the dark the same hues, lighter.
OURS_LIGHT, OURS_DARK = ("#0b7285", "#3fa3b5", "#99d0d9"), ("#3bc9db", "#2296a6", "#17626d")
LIGHT = (*OURS_LIGHT, "#d9480f", "#5f3dc4", "#2b8a3e", "#e67700", "#a61e4d", "#868e96", "#495057")
DARK = (*OURS_DARK, "#ff8a4c", "#9d85ff", "#51cf66", "#ffc24d", "#f06595", "#adb5bd", "#ced4da")
BAR, GAP, GROUP_GAP, LEFT, RIGHT, WIDTH, TOP, LINE = 13, 3, 14, 175, 80, 785, 58, 18
PLOT = WIDTH - LEFT - RIGHT


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to places along `length`: by their logarithms from `low` to `high`, or straight from 0."""

    low: float
    high: float
    logarithmic: bool
    length: float = PLOT

    def at(self, value: float) -> float:
        if self.logarithmic:
            return self.length * math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.length * value / self.high

    def ticks(self) -> list[float]:
        if self.logarithmic:
            powers = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**power for power in powers]
        return [self.high * part / 5 for part in range(6)]


def logarithmic(values: Sequence[float], length: float = PLOT) -> Scale:
    """Whole powers of ten around the values; the smallest value is no bar of length 0."""
    low = 10.0 ** math.floor(math.log10(min(values) * 0.8))
    high = 10.0 ** math.ceil(math.log10(max(values)))
    return Scale(low, max(high, low * 10), logarithmic=True, length=length)


def picture(title: str, height: float, parts: list[str]) -> str:
    """A whole SVG, readable on any page: it brings its own background."""
    colours = [f".c{at}{{fill:{colour};stroke:{colour}}}" for at, colour in enumerate(LIGHT)]
    in_the_dark = [f".c{at}{{fill:{colour};stroke:{colour}}}" for at, colour in enumerate(DARK)]
    style = (
        "text{font:12px system-ui,sans-serif;fill:#343a40}.title{font-size:15px;font-weight:600}"
        ".back{fill:#fff}.grid{stroke:#dee2e6}rect{stroke:none!important}polyline{fill:none!important;stroke-width:2}"
        + "".join(colours)
        + "@media(prefers-color-scheme:dark){text{fill:#dee2e6}.back{fill:#16191d}.grid{stroke:#343a40}"
        + "".join(in_the_dark)
        + "}"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}"><style>{style}</style>'
        f'<rect class="back" width="{WIDTH}" height="{height:.0f}"/>'
    )
    return "\n".join([head, text(12, 24, title, "title"), *parts, "</svg>"]) + "\n"


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def colours(names: Sequence[str]) -> dict[str, int]:
    """The class of each name: ours from the first shades on, the others in the order in which they come."""
    ours = [name for name in names if name.startswith("See Also")]
    others = [name for name in names if name not in ours]
    found = {name: min(at, len(OURS_LIGHT) - 1) for at, name in enumerate(ours)}
    return found | {name: len(OURS_LIGHT) + at for at, name in enumerate(others)}


def legend(names: Sequence[str], top: float) -> tuple[list[str], float]:
    """Squares with names in as many lines as they need, and where the next thing may start."""
    parts, x, y = [], 12.0, top
    classes = colours(names)
    for name in names:
        width = 24 + 6.6 * len(name)
        if x + width > WIDTH - 12:
            x, y = 12.0, y + LINE
        parts.append(f'<rect class="c{classes[name]}" x="{x:.1f}" y="{y - 10:.1f}" width="11" height="11"/>')
        parts.append(text(x + 16, y, name))
        x += width + 8
    return parts, y + LINE


def bars(title: str, groups: dict[str, dict[str, float]], scale: Scale) -> str:
    """Horizontal bars in groups; a name has one colour in all groups. One name a group needs no legend."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    classes = colours(names)
    single = len(groups) == 1
    parts, top = ([], TOP - LINE) if single else legend(names, TOP - 8)
    y = top + LINE
    rows = []
    for label, group in groups.items():
        if not single:
            middle = y + (len(group) * (BAR + GAP)) / 2
            rows.append(text(LEFT - 8, middle + 2, label, anchor="end"))
        for name, value in group.items():
            long = max(1.0, scale.at(value))
            rows.append(f'<rect class="c{classes[name]}" x="{LEFT}" y="{y}" width="{long:.1f}" height="{BAR}"/>')
            rows.append(text(LEFT + long + 5, y + BAR - 2, figure(value)))
            if single:
                rows.append(text(LEFT - 8, y + BAR - 2, name, anchor="end"))
            y += BAR + GAP
        y += GROUP_GAP
    return picture(title, y + 8, [*parts, *grid(scale, top, y - GROUP_GAP), *rows])


def grid(scale: Scale, top: float, bottom: float) -> list[str]:
    """Upright lines with their values above."""
    parts = []
    for tick in scale.ticks():
        x = LEFT + scale.at(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{top + 4:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"/>')
        parts.append(text(x, top, f"{tick:g}", anchor="middle"))
    return parts


def lines(title: str, posts: Sequence[float], series: Mapping[str, Sequence[float]]) -> str:
    """Lines over the number of posts, both axes logarithmic."""
    parts, top = legend(list(series), TOP - 8)
    height = 300
    across, up = logarithmic(posts), logarithmic([one for line in series.values() for one in line], height)
    bottom = top + LINE + height
    parts += grid(across, top, bottom)
    for tick in up.ticks():
        y = bottom - up.at(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + PLOT}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{tick:g}", anchor="end"))
    classes = colours(list(series))
    for name, line in series.items():
        places = [(LEFT + across.at(x), bottom - up.at(y)) for x, y in zip(posts, line, strict=True)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline class="c{classes[name]}" points="{drawn}"/>')
        parts += [f'<circle class="c{classes[name]}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places]
    return picture(title, bottom + 20, parts)


def site_pictures(site: str, told: dict[str, Any]) -> dict[str, str]:
    """Name of a file → picture, for one site's figures."""
    peers = list(told["peers"].values())

    def one(title: str, value: Callable[[Any], float]) -> str:
        found = {peer["build"]["name"]: value(peer) for peer in peers}
        return bars(f"{site}, {told['posts']:,} posts: {title}", {"": found}, logarithmic(list(found.values())))

    kinds = {}
    for kind in KINDS:
        ways = [(f"{peer['build']['name']}: {way['name']}", way) for peer in peers for way in shown_ways(peer)]
        kinds[kind] = {name: way["kinds"][kind]["p50"] for name, way in ways if kind in way["kinds"]}
    times = logarithmic([value for group in kinds.values() for value in group.values()])
    return {
        f"peers-{site}-build.svg": one("seconds to build", lambda peer: peer["build"]["seconds"]),
        f"peers-{site}-disk.svg": one("megabytes on disk", lambda peer: peer["megabytes"]),
        f"peers-{site}-memory.svg": one("megabytes after the log", lambda peer: peer["ask"]["ways"][0]["resident"]),
        f"peers-{site}-questions.svg": bars(f"{site}, {told['posts']:,} posts: median ms a question", kinds, times),
    }


def shown_ways(peer: dict[str, Any]) -> list[Any]:
    """The least that a peer can answer; of See Also all ways."""
    ways: list[Any] = peer["ask"]["ways"]
    return ways if peer["build"]["name"].startswith("See Also") else ways[:1]


def quality_picture(sets: dict[str, Any]) -> str:
    groups = {name: {peer["name"]: peer["nDCG@10"] for peer in told["peers"].values()} for name, told in sets.items()}
    return bars("nDCG@10: how good the first ten answers are", groups, Scale(0.0, 1.0, logarithmic=False))


def growth_picture(told: dict[str, Any]) -> str:
    rows, exponents = told["rows"], told["exponents"]
    names = {"build": "seconds to build", "memory": "peak MB of the build", "query": "median ms a question"}
    series = {f"{name}: n to the {exponents[key]:.2f}": [row[key] for row in rows] for key, name in names.items()}
    return lines(f"{told['site']}: growth with the number of posts n", [row["posts"] for row in rows], series)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("figures", type=Path, metavar="FOLDER")
    parser.add_argument("images", type=Path, metavar="IMAGES")
    told = parser.parse_args()
    pictures: dict[str, str] = {}
    peers = json.loads((told.figures / "peers.json").read_text(encoding="utf-8"))
    for site, figures in peers["sites"].items():
        pictures |= site_pictures(site, figures)
    if peers["sets"]:
        pictures["peers-quality.svg"] = quality_picture(peers["sets"])
    if (told.figures / "growth.json").is_file():
        growth = json.loads((told.figures / "growth.json").read_text(encoding="utf-8"))
        pictures["growth.svg"] = growth_picture(growth)
    for name, drawn in pictures.items():
        (told.images / name).write_text(drawn, encoding="utf-8")
        print(told.images / name)


if __name__ == "__main__":
    main()
