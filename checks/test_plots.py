"""Plots can be read: no label touches another one or leaves the plot, and no mark is astray."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import matplotlib.pyplot as plt
import numpy
import pytest
from matplotlib.text import Annotation

from course import plots
from course.plots import Arrivals

CROWDED = [(0.01 * number, f"a longer token {number}") for number in range(40)]


@pytest.fixture(autouse=True)
def nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


def labels() -> list[Annotation]:
    """What stands in the plot that was drawn last, as it is shown."""
    axes = plt.gca()
    plt.gcf().draw_without_rendering()
    return [one for one in axes.texts if isinstance(one, Annotation) and one.get_visible()]


def texts() -> list[str]:
    return [label.get_text() for label in labels()]


def faults() -> list[str]:
    """Say which labels touch another one, or are not in the plot."""
    frame = plt.gca().get_window_extent()
    boxes = {label: label.get_window_extent() for label in labels()}
    found = [
        f"{one.get_text()!r} and {two.get_text()!r} touch"
        for one, two in combinations(boxes, 2)
        if boxes[one].overlaps(boxes[two])
    ]
    corners = {label: (box.x0 + 0.5, box.x1 - 0.5, box.y1) for label, box in boxes.items()}
    return found + [
        f"{label.get_text()!r} is not in the plot"
        for label, (left, right, top) in corners.items()
        if left < frame.x0 or right > frame.x1 or top > frame.y1
    ]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(CROWDED, id="crowded"),
        pytest.param([(0.0, "at the start"), (9.0, "at the end")], id="at the edges"),
        pytest.param([(1.0, "one"), (1.02, "two"), (1.04, "three"), (9.0, "")], id="close"),
        pytest.param([(1.0, "several\nlines\n"), (1.0, " of a token")], id="lines"),
    ],
)
@pytest.mark.parametrize("rows", [1, 2, 4])
def test_labels_of_arrivals_can_be_read(pieces: Arrivals, rows: int) -> None:
    plots.arrivals_by_source({f"source {row}": pieces for row in range(rows)}, "title")
    assert len(labels()) >= rows
    assert faults() == []


def test_labels_of_waits_can_be_read() -> None:
    near = {limit: (1 + limit / 1000, 5) for limit in range(1, 4)}
    plots.wait_against_updates({**near, 100: (3.0, 1)}, "title")
    assert len(labels()) == 4
    assert faults() == []


@pytest.mark.parametrize("last", [0.3, 0.31, 0.99])
def test_lines_over_sizes_can_be_read(last: float) -> None:
    plots.by_size(
        {"a way": {40: 0.1, 600: 0.3}, "another way": {600: last, 40: 0.1}},
        "title",
        "size",
        "share",
    )
    assert texts() == ["a way", "another way"]
    assert faults() == []


@pytest.mark.parametrize("last", [0.5, 9.5, 100.0])
def test_lines_of_turns_can_be_read(last: float) -> None:
    plots.by_turn({"the whole history": [1, 5, 10], "a part": [1, 2, last]}, "title", "tokens")
    assert texts() == ["the whole history", "a part"]
    assert faults() == []


@pytest.mark.parametrize("first", [0.1, 2.0, 3.9])
def test_times_to_the_first_token_can_be_read(first: float) -> None:
    streamed = [(first + step / 10, "four") for step in range(20)]
    plots.text_on_screen(streamed, [(first + 2, "four" * 20)], "title")
    assert faults() == []
    curves = [line for line in plt.gca().lines if line.get_linestyle() == "-"]
    highest = max(float(numpy.max(line.get_ydata())) for line in curves)
    assert all(label.xy[1] > highest for label in labels())


def test_a_token_without_text_has_a_mark_and_no_label() -> None:
    plots.arrivals_by_source({"source": [(1.0, ""), (2.0, "\n"), (3.0, "")]}, "title")
    assert texts() == ["'\\n'"]
    assert [numpy.size(line.get_xdata()) for line in plt.gca().lines][-1] == 3


def test_what_comes_in_one_moment_stands_together() -> None:
    pieces = [(1.0, "one"), (1.0, " answer"), (1.001, ""), (2.0, "$1 or $2")]
    plots.arrivals_by_source({"source": pieces}, "title")
    assert texts() == ["one answer", "$1 or $2"]


def test_a_fault_is_found() -> None:
    plots.arrivals_by_source({"source": [(1.0, "one"), (2.0, "two")]}, "title")
    first, second = labels()
    second.xy = first.xy
    assert faults() == ["'one' and 'two' touch"]
    second.xy = (99.0, 0.0)
    assert faults() == ["'two' is not in the plot"]
