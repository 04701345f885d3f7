"""From an Altair chart to inline SVG: one theme, no network, no script, the same bytes every time."""

from __future__ import annotations

import re
from functools import cache
from math import isfinite
from typing import Any

import altair as alt
import vl_convert

from querencia.errors import WorkError
from querencia.report.charts import palette
from querencia.report.charts.exhibit import Drawing, Exhibit
from querencia.report.edition import Edition, clean, drawable

# The first is what vl-convert measures text with; the others have its widths, so labels fit in a browser too.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_TEXT = 13

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^<>]*(?:d=""|d="M0,0h0v0h0Z")[^<>]*/>')
_NOISE = re.compile(
    r'\s(?:aria-[a-z]+|role|class|pointer-events|version|xmlns(?::xlink)?)="[^"]*"|\s(?:opacity|stroke-width)="1"'
)
_DECIMALS = re.compile(r"(\d+\.\d{2})\d+")
_BOX = re.compile(r'viewBox="([\d. ]+)"')
_TIP = re.compile(r'\saria-label="([^"]*)" role="graphics-symbol" aria-roledescription="(?:bar|point|rect mark|rule)"')


def draw_svg(exhibit: Exhibit, *, edition: Edition) -> str:
    """Return the exhibit's chart as an SVG element that scales with its column and names itself to screen readers.

    The title is left to the page, which wraps it; what a mark says under the pointer becomes an SVG `title`.
    """
    spec = _without_title(exhibit.chart)
    svg = vl_convert.vegalite_to_svg(
        _sound(spec),
        vl_version=_schema(),
        config=_theme(),
        allowed_base_urls=[],
        format_locale=edition.number_format,
        time_format_locale=edition.time_format,
    )
    return _embed(svg, name=exhibit.name)


def get_ready() -> None:
    """Start what draws: the first drawing of a process takes a second longer than any other."""
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"}, vl_version=_schema(), allowed_base_urls=[])


def _without_title(chart: Drawing) -> dict[str, Any]:
    # Charts are validated in the tests; here validation would cost more than drawing.
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("title", None)
    if "vconcat" not in spec:
        spec["autosize"] = {"type": "fit-x" if isinstance(spec.get("height"), dict) else "fit", "contains": "padding"}
    return spec


@cache
def _schema() -> str:
    """Return the newest Vega-Lite that vl-convert has, up to the one Altair writes for."""
    wanted = tuple(int(part) for part in alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    known = [tuple(int(part) for part in version.split(".")) for version in vl_convert.get_vegalite_versions()]
    best = max((version for version in known if version <= wanted), default=max(known))
    return ".".join(str(part) for part in best)


def _sound(value: Any) -> Any:
    """Clean every string of a specification, and leave out what is no number.

    A control character would abort the SVG maker, and Python with it; NaN is nothing that JSON knows.
    """
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, str):
        return drawable("\n".join(clean(line, longest=2_000) for line in value.split("\n")))
    if isinstance(value, dict):
        return {key: _sound(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_sound(entry) for entry in value]
    return value


@cache
def _theme() -> dict[str, Any]:
    words = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": _TEXT, "titleFontSize": _TEXT}
    ink = {"labelColor": palette.INK, "titleColor": palette.FAINT_INK, "titleFontWeight": "normal"}
    axis = {
        "domainColor": palette.QUIET,
        "tickColor": palette.QUIET,
        "gridColor": palette.GRID,
        "titlePadding": 8,
        "labelPadding": 5,
    }
    return {
        "background": "transparent",
        "padding": 2,
        "view": {"stroke": None},
        "font": FONT,
        "axis": words | ink | axis,
        "axisY": {"titleAnchor": "end", "titleAlign": "left", "titleAngle": 0, "titleX": 0, "titleY": -10},
        "axisX": {"labelFlush": False},
        "axisBand": {"grid": False},
        "legend": words
        | ink
        | {"orient": "top", "symbolStrokeWidth": 0, "labelLimit": 200, "columnPadding": 14, "offset": 26},
        "title": {"font": FONT, "fontSize": _TEXT, "fontWeight": "normal", "anchor": "start", "color": palette.INK},
        "text": {"font": FONT, "fontSize": _TEXT, "fill": palette.INK},
    }


def _embed(svg: str, *, name: str) -> str:
    """Make vl-convert's document an element of a page: own ids, tips for pointers, nothing that repeats a default."""
    svg = _EMPTY.sub("", svg)
    svg = _own_ids(svg, name=name)
    svg = _TAG.sub(_plain_tag, svg)
    box = _BOX.search(svg)
    if box is None:
        raise WorkError(f"the chart {name!r} came back without a viewBox; expected an SVG of vl-convert 1.8 or later")
    opening = f'<svg role="img" aria-labelledby="{name}-title" aria-describedby="{name}-says" viewBox="{box.group(1)}">'
    return opening + svg[svg.index(">") + 1 :]


def _plain_tag(match: re.Match[str]) -> str:
    tag = match.group()
    tip = _TIP.search(tag)
    tag = _DECIMALS.sub(r"\1", _NOISE.sub("", tag))
    if tip and tip.group(1) and tag.endswith("/>"):
        element = tag[1:].split(" ", 1)[0].rstrip("/>")
        return f"{tag[:-2]}><title>{tip.group(1)}</title></{element}>"
    return tag


def _own_ids(svg: str, *, name: str) -> str:
    """Number the ids anew: vl-convert's count goes up with every chart it draws, and pages hold many charts."""
    for index, old in enumerate(re.findall(r'<[^<>]*\bid="([^"]+)"', svg)):
        svg = svg.replace(f'id="{old}"', f'id="{name}-{index}"').replace(f"url(#{old})", f"url(#{name}-{index})")
    return svg
