"""Colours that stay apart for colour-blind readers and in grey print, the same for a segment or risk group everywhere.

The hues are those that Okabe and Ito chose for readers of every colour vision (2008, "Color Universal Design").
"""

from __future__ import annotations

PLAIN = "#0072B2"
QUIET = "#A9B4BD"
ACCENT = "#D55E00"
INK = "#1F2933"
FAINT_INK = "#52606D"
GRID = "#E4E7EB"

# Group 1, 2, 3: green, amber, vermilion also differ in lightness.
RISK = ("#009E73", "#E69F00", "#B3400E")

# By segment index, best value first; shapes repeat what colours say.
SEGMENTS = ("#0072B2", "#56B4E9", "#CC79A7", "#7F7F7F", "#882255", "#44AA99", "#999933", "#332288")
SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")

# From below zero over nothing to above zero.
DIVERGING = ("#2166AC", "#92C5DE", "#F7F7F7", "#F4A582", "#B2430E")

# From none to most.
RISING = ("#F1F6FA", "#8FC1E0", "#0072B2", "#00395A")


def segment_colour(segment: int) -> str:
    """Return the colour of the segment with this index."""
    return SEGMENTS[segment % len(SEGMENTS)]


def segment_shape(segment: int) -> str:
    """Return the point shape of the segment with this index."""
    return SHAPES[segment % len(SHAPES)]


def risk_colour(group: int) -> str:
    """Return the colour of risk group 1, 2 or 3."""
    return RISK[group - 1]
