"""Draws the costs as bars, in SVG, for a light and for a dark page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.speed.clients import CLIENTS
from benchmarks.speed.results import Cost

MODES = ("sync", "async 1", "async 16", "async 64")
_WIDTH, _GAP, _TOP, _ROW = 880, 40, 64, 22
_PANEL = (_WIDTH - _GAP) // 2
_NAMES, _FIGURES = 182, 44
_FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours on the background that GitHub has."""

    text: str
    faint: str
    volt: str
    library: str
    http: str
    floor: str

    def bar(self, client: str) -> str:
        """The colour of a client's bar."""
        kinds = {"volt": self.volt, "http": self.http, "floor": self.floor}
        return kinds.get(CLIENTS[client].kind, self.library)


LIGHT = Palette("#1f2328", "#59636e", "#1a7f37", "#8c959f", "#c3cbd3", "#dfe3e8")
DARK = Palette("#f0f6fc", "#9198a1", "#3fb950", "#6e7681", "#484f58", "#30363d")


def draw(modes: Mapping[str, Mapping[str, Cost]], palette: Palette) -> str:
    """Four panels, one for each of `MODES`, with one scale."""
    shown = [(mode, modes[mode]) for mode in MODES]
    most = max(cost.cpu_us.median for _, costs in shown for cost in costs.values())
    heights = [34 + _ROW * len(costs) for _, costs in shown]
    upper = max(heights[:2])
    height = _TOP + upper + 18 + max(heights[2:]) + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="{_FONT}" role="img">',
        "<title>CPU per message of each client, in four modes</title>",
        _text(0, 20, "CPU per message, in microseconds", palette.text, 17, weight=600),
        _text(
            0, 42, "Less is better; user and system time of the client's process.", palette.faint
        ),
    ]
    for index, (mode, costs) in enumerate(shown):
        left = (index % 2) * (_PANEL + _GAP)
        top = _TOP + (index // 2) * (upper + 18)
        parts += _panel(mode, costs, left, top, most, palette)
    parts += [*_legend(height - 8, palette), "</svg>"]
    return "\n".join(parts) + "\n"


def _panel(
    mode: str, costs: Mapping[str, Cost], left: int, top: int, most: float, palette: Palette
) -> Iterator[str]:
    yield _text(left, top + 16, _caption(mode), palette.text, 14, weight=600)
    room = _PANEL - _NAMES - _FIGURES
    in_order = sorted(costs.items(), key=lambda item: item[1].cpu_us.median)
    for row, (name, cost) in enumerate(in_order):
        y = top + 30 + row * _ROW
        value = cost.cpu_us.median
        weight = 600 if name == "volt" else 400
        colour = palette.text if name == "volt" else palette.faint
        end = left + _NAMES
        yield _text(end - 8, y + 13, name, colour, weight=weight, anchor="end")
        length = max(value / most * room, 1.5)
        yield (
            f'<rect x="{end}" y="{y + 2}" width="{length:.1f}" height="{_ROW - 7}" rx="2" '
            f'fill="{palette.bar(name)}"/>'
        )
        yield _text(end + length + 6, y + 13, f"{value:,.0f}", colour, weight=weight)


def _caption(mode: str) -> str:
    if mode == "sync":
        return "sync, one after another"
    return f"async, {mode.removeprefix('async ')} in flight"


def _legend(y: int, palette: Palette) -> Iterator[str]:
    x = 0
    for name, colour in (
        ("volt", palette.volt),
        ("clients of SMS or GraphQL", palette.library),
        ("HTTP alone", palette.http),
        ("no client: a raw socket", palette.floor),
    ):
        yield f'<rect x="{x}" y="{y - 10}" width="12" height="12" rx="2" fill="{colour}"/>'
        yield _text(x + 18, y, name, palette.faint)
        x += 18 + round(len(name) * 6.6) + 24


def _text(
    x: float,
    y: float,
    text: str,
    colour: str,
    size: int = 12,
    *,
    weight: int = 400,
    anchor: str = "",
) -> str:
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}"{anchored}>{escape(text)}</text>'
    )
