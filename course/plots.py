"""Plots for the notebooks: when tokens arrive, and how much of them there is.

The colors are those of Okabe and Ito. People with any color vision can tell them apart. Each line
also has its own marker, and its label is next to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import BboxBase

Arrivals = Sequence[tuple[float, str]]
"""`(seconds, token)`, in the order in which the tokens came."""

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#333333"
COLOURS = (BLUE, ORANGE, GREEN, BLACK)
MARKERS = ("o", "s", "^", "D")
ONE_MOMENT = 0.005
"""In seconds. Pieces that come closer together share a label."""
LINES_OF_LABELS = 3
"""How many labels fit between two rows of marks."""
LINE = 1.1
"""How far apart they are, in label heights."""
GAP = 6
"""The least distance between two labels in a line, in pixels."""


def text_on_screen(streamed: Arrivals, whole: Arrivals, title: str) -> None:
    """Plot how much text is on the screen at each moment, with and without streaming.

    Args:
        streamed: the tokens of the answer, and when they came.
        whole: the same answer in one piece, and when it came.
        title: the title of the plot.
    """
    axes = _axes(title, height=4.2)
    end = max(when for when, _ in (*streamed, *whole)) * 1.06
    most = sum(len(token) for _, token in streamed)
    for colour, marker, pieces in (
        (BLUE, "o", streamed),
        (ORANGE, "s", whole),
    ):
        times, heights = [0.0], [0]
        for when, token in pieces:
            times.append(when)
            heights.append(heights[-1] + len(token))
        axes.step([*times, end], [*heights, heights[-1]], where="post", color=colour, linewidth=2)
        axes.plot(times[1:], heights[1:], marker, color=colour, markersize=7)
    for name, colour, pieces, height in (
        ("without streaming", ORANGE, whole, 1.3),
        ("with streaming", BLUE, streamed, 1.1),
    ):
        first = pieces[0][0]
        arrow = {"arrowstyle": "<->", "color": colour, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
        axes.plot([first, first], [0, most * height], ":", color=colour, linewidth=1.5)
        axes.annotate("", (0, most * height), (first, most * height), arrowprops=arrow)
        axes.annotate(
            f"{name}: {first:.1f} s to the first token",
            (end * 0.02, most * height),
            textcoords="offset points",
            xytext=(0, 6),
            color=colour,
            fontweight="bold",
        )
    axes.set(xlabel="seconds since the question", ylabel="characters on the screen")
    axes.set_xlim(0, end)
    axes.set_ylim(0, most * 1.46)
    plt.show()


def arrivals_by_source(sources: Mapping[str, Arrivals], title: str) -> None:
    """Plot a timeline with a row for each source and a mark for each token.

    Each mark has its token above it, unless that is empty. Tokens of one moment share a label.

    Args:
        sources: the tokens by the name of their source. At most four; the first is on top.
        title: the title of the plot.
    """
    axes = _axes(title, height=0.9 + 0.75 * len(sources))
    labels = [
        label
        for row, pieces in enumerate(sources.values())
        for label in _draw_row(axes, row, pieces)
    ]
    axes.set_yticks([-row for row in range(len(sources))], list(sources))
    axes.set_ylim(0.4 - len(sources), 0.8)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds since the start")
    _keep_apart(axes, labels)
    plt.show()


def wait_against_updates(points: Mapping[int, tuple[float, int]], title: str) -> None:
    """Plot the trade-off of buffering: fewer screen updates for longer waits.

    Args:
        points: for each `max_chars`, the longest wait from one update to the next in seconds, and
            the number of updates.
        title: the title of the plot.
    """
    axes = _axes(title, height=3.6)
    waits = [wait for wait, _ in points.values()]
    updates = [number for _, number in points.values()]
    axes.plot(waits, updates, "o-", color=BLUE, linewidth=2, markersize=8)
    labels = [
        _label(axes, f"max_chars={limit}", point, (9, 5), BLACK) for limit, point in points.items()
    ]
    axes.set(xlabel="longest wait for an update, in seconds", ylabel="screen updates")
    axes.set_xlim(-0.05 * max(waits), max(waits) * 1.25)
    axes.set_ylim(0, max(updates) * 1.25)
    _keep_apart(axes, labels)
    plt.show()


def by_turn(lines: Mapping[str, Sequence[float]], title: str, measure: str) -> None:
    """Plot how something grows from turn to turn of a conversation, with a line for each way.

    Args:
        lines: for each way, a value for each turn; its name stands at the end of its line.
        title: the title of the plot.
        measure: what the values are.
    """
    axes = _axes(title, height=3.6)
    turns = max(map(len, lines.values()))
    labels = _lines(axes, {name: [*enumerate(line, 1)] for name, line in lines.items()})
    axes.set(xlabel="turn", ylabel=measure)
    axes.set_xlim(0.5, turns * 1.35)
    axes.set_ylim(0, max(map(max, lines.values())) * 1.15)
    axes.set_xticks(range(1, turns + 1))
    _keep_apart(axes, labels)
    plt.show()


def by_size(lines: Mapping[str, Mapping[int, float]], title: str, size: str, measure: str) -> None:
    """Plot how something depends on a size, with a line for each way.

    Args:
        lines: for each way, by the size, a value from 0 to 1; its name stands at the end of its
            line.
        title: the title of the plot.
        size: what the sizes are.
        measure: what the values are.
    """
    axes = _axes(title, height=3.6)
    labels = _lines(axes, {name: sorted(line.items()) for name, line in lines.items()})
    axes.set(xlabel=size, ylabel=measure)
    axes.set_xlim(0, max(map(max, lines.values())) * 1.45)
    axes.set_ylim(0, 1.1)
    _keep_apart(axes, labels)
    plt.show()


def _lines(axes: Axes, lines: Mapping[str, Sequence[tuple[float, float]]]) -> list[Annotation]:
    """Draw a line through the points of each way, and return the labels at their ends."""
    labels = []
    for (name, points), colour, marker in zip(lines.items(), COLOURS, MARKERS, strict=False):
        axes.plot(*zip(*points, strict=True), f"{marker}-", color=colour, linewidth=2, markersize=7)
        labels.append(_label(axes, name, points[-1], (9, -4), colour))
    return labels


def _axes(title: str, height: float) -> Axes:
    """An empty plot, 8 inches wide and `height` inches high."""
    axes: Axes
    _, axes = plt.subplots(figsize=(8, height), dpi=110, layout="constrained")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _draw_row(axes: Axes, row: int, pieces: Arrivals) -> list[Annotation]:
    """Draw the marks of one source, and return the labels above them."""
    times = [when for when, _ in pieces]
    heights = [-row] * len(pieces)
    colour = COLOURS[row]
    axes.axhline(-row, color="#cccccc", linewidth=1, zorder=0)
    # white edges keep neighbors apart
    (marks,) = axes.plot(times, heights, MARKERS[row], color=colour, markeredgecolor="white")
    marks.set(markersize=9, clip_on=False)
    return [
        _label(axes, text, (when, -row), (0, 8), colour, ha="center")
        for when, text in _moments(pieces)
    ]


def _moments(pieces: Arrivals) -> Iterable[tuple[float, str]]:
    """Yield the labels above the marks, and their places. White space alone is quoted."""
    joined: list[tuple[float, str]] = []
    for when, token in pieces:
        if joined and when - joined[-1][0] < ONE_MOMENT:
            start, before = joined.pop()
            joined.append((start, before + token))
        else:
            joined.append((when, token))
    return [(when, " ".join(text.split()) or repr(text)) for when, text in joined if text]


def _label(
    axes: Axes,
    text: str,
    point: tuple[float, float],
    offset: tuple[float, float],
    colour: str,
    ha: str = "left",
) -> Annotation:
    """Write a text at an offset, in points, from a place in the plot."""
    return axes.annotate(
        text,
        point,
        textcoords="offset points",
        xytext=offset,
        color=colour,
        ha=ha,
        parse_math=False,  # a token may hold a dollar sign
        in_layout=False,  # the plot stays as wide as it is
    )


def _keep_apart(axes: Axes, labels: Iterable[Annotation]) -> None:
    """Move labels into the plot, and up by a line while they touch another one.

    Labels that then do not fit are left out.
    """
    _figure(axes).draw_without_rendering()
    frame = axes.get_window_extent()
    placed: list[BboxBase] = []
    for label in labels:
        box = label.get_window_extent()
        aside = max(0.0, frame.x0 - box.x0) + min(0.0, frame.x1 - box.x1)
        places = [
            box.translated(aside, line * LINE * box.height) for line in range(LINES_OF_LABELS)
        ]
        free = [place for place in places if not any(map(place.overlaps, placed))]
        label.set_visible(bool(free))
        if free:
            placed.append(free[0].padded(GAP, 0))
            points = 72 / _figure(axes).dpi
            right, up = free[0].x0 - box.x0, free[0].y0 - box.y0
            x, y = label.get_position()
            label.set_position((x + right * points, y + up * points))


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure
