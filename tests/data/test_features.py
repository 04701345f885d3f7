"""Names of features: distinct whatever the types are called, and said in three languages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from querencia.data.features import describe_feature, engaged_features, name_types, purchase_types


def test_types_become_snake_case() -> None:
    names = name_types(["Clicks", "Add to cart", "añadir-al-carrito", "2nd", "订单"])
    assert list(names.values()) == ["clicks", "add_to_cart", "anadir_al_carrito", "type_2nd", "other"]


def test_a_type_never_takes_a_name_of_another_feature() -> None:
    names = name_types(["events", "sessions", "night", "spend", "clicks", "CLICKS", "clicks_per_week"])
    assert names["events"] == "type_events"
    assert names["night"] == "type_night"
    assert names["CLICKS"] == "clicks_2"
    assert names["clicks_per_week"] == "clicks_weekly"


@given(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=8))
def test_names_are_distinct_identifiers(types: list[str]) -> None:
    names = name_types(types)
    assert list(names) == types
    assert len(set(names.values())) == len(types)
    assert all(name.isidentifier() and name == name.lower() and "__" not in name for name in names.values())


def test_purchases_are_known_by_name() -> None:
    assert purchase_types(["clicks", "Orders", "carts", "purchase"]) == ("Orders", "purchase")
    assert purchase_types(["clicks", "plays"]) == ()


def test_engaged_features_count_and_the_others_do_not() -> None:
    columns = ["events_7d", "log_clicks_total", "sessions_per_week", "spend_per_month", "active_days_30d"]
    others = ["recency_days", "clicks_share", "gap_days_mean", "events_trend", "average_order_value", "age"]
    assert engaged_features([*others, *columns]) == tuple(columns)


def test_descriptions_say_what_the_window_is() -> None:
    assert describe_feature("clicks_30d", language="es") == "clics en los últimos 30 días"
    assert describe_feature("plays_total", language="en") == "“plays” events in all"
    assert describe_feature("sessions_per_week_90d", language="en") == "sessions per week over the last 90 days"
    assert describe_feature("orders_share", language="pt") == "proporção de pedidos"
    assert describe_feature("monthly_charges", language="es") == "monthly_charges"
