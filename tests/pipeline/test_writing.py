"""Before messages are written: the project's own names must be fit to show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from querencia.errors import SettingsError
from querencia.messages.brief import Brand
from querencia.pipeline.writing import holds_only_purchases, write


@pytest.mark.parametrize(
    ("brand", "key"),
    [
        (Brand(name="{{ company }}"), r"\[project\] name '\{\{ company"),
        (Brand(name="[Your company]"), r"\[project\] name"),
        (Brand(name="Hoteles.com", sender_name="<b>Eva</b>"), r"\[brand\] sender_name '<b>Eva"),
        (Brand(name="x" * 81), "80 characters"),
    ],
)
def test_a_name_that_cannot_be_shown_stops_the_work_before_it_begins(brand: Brand, key: str) -> None:
    plan = cast(Any, SimpleNamespace(writing=SimpleNamespace(brand=brand)))
    nothing = cast(Any, None)
    with pytest.raises(SettingsError, match=key):
        write(plan, nothing, nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("types", "only"),
    [(("purchase",), True), (("Purchase", "order"), True), (("view", "purchase"), False), ((), False)],
)
def test_a_log_of_purchases_is_known_by_its_types(types: tuple[str, ...], only: bool) -> None:
    assert holds_only_purchases(types) is only
