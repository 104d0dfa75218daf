"""Plots for the notebooks: when tokens arrive.

Colours are those of Okabe and Ito, which people with any colour vision can tell apart; each line
has a marker of its own besides, and is labelled where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

Arrivals = Sequence[tuple[float, str]]
"""`(seconds, token)` in the order in which the tokens came."""

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#333333"
COLOURS = (BLUE, ORANGE, GREEN, BLACK)
MARKERS = ("o", "s", "^", "D")


def text_on_screen(streamed: Arrivals, whole: Arrivals, title: str) -> None:
    """Plot how much text is on the screen at each moment, with and without streaming.

    Args:
        streamed: the tokens of the answer, and when they came.
        whole: the same answer in one piece, and when it came.
        title: what stands above the plot.
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
        ("without streaming", ORANGE, whole, 1.16),
        ("with streaming", BLUE, streamed, 0.86),
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
    axes.set_ylim(0, most * 1.32)
    plt.show()


def arrivals_by_source(sources: Mapping[str, Arrivals], title: str) -> None:
    """Plot a timeline with a row for each source and a mark for each token.

    Args:
        sources: the tokens by the name of their source, at most four of them; the first is on top.
        title: what stands above the plot.
    """
    axes = _axes(title, height=0.9 + 0.75 * len(sources))
    for row, pieces in enumerate(sources.values()):
        times = [when for when, _ in pieces]
        axes.axhline(-row, color="#cccccc", linewidth=1, zorder=0)
        axes.plot(times, [-row] * len(times), MARKERS[row], color=COLOURS[row], markersize=8)
        for when, token in pieces:
            axes.annotate(
                token.strip() or repr(token),
                (when, -row),
                textcoords="offset points",
                xytext=(0, 8),
                ha="center",
                color=COLOURS[row],
            )
    axes.set_yticks([-row for row in range(len(sources))], list(sources))
    axes.set_ylim(0.4 - len(sources), 0.7)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds since the start")
    plt.show()


def wait_against_updates(points: Mapping[int, tuple[float, int]], title: str) -> None:
    """Plot what buffering trades: fewer updates of the screen for longer waits.

    Args:
        points: for each `max_chars`, the longest wait from one update to the next in seconds, and
            the number of updates.
        title: what stands above the plot.
    """
    axes = _axes(title, height=3.6)
    waits = [wait for wait, _ in points.values()]
    updates = [number for _, number in points.values()]
    axes.plot(waits, updates, "o-", color=BLUE, linewidth=2, markersize=8)
    for limit, point in points.items():
        axes.annotate(
            f"max_chars={limit}",
            point,
            textcoords="offset points",
            xytext=(9, 5),
            color=BLACK,
        )
    axes.set(xlabel="longest wait for an update, in seconds", ylabel="updates of the screen")
    axes.set_xlim(-0.05 * max(waits), max(waits) * 1.25)
    axes.set_ylim(0, max(updates) * 1.15)
    plt.show()


def _axes(title: str, height: float) -> Axes:
    """An empty plot, 8 inches wide and `height` inches high."""
    axes: Axes
    _, axes = plt.subplots(figsize=(8, height), dpi=110, layout="constrained")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
