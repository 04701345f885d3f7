"""The project file: every key is described, documented, and accepted as the design shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from querencia.settings.project_file import parse_project
from querencia.settings.reference import render_project_file, sections, settings_reference

ROOT = Path(__file__).resolve().parents[2]

EVERY_KEY = """
[project]
name = "VoiceFlip"
language = "es"
locale = "es_ES"
currency = "EUR"
timezone = "Europe/Madrid"
seed = 42
max_rejected = 0.05
[brand]
product_line = "procesamiento de voz y análisis de audio"
sender_name = "Equipo de Retención"
sender_role = "Especialista en Retención de Clientes"
contact_email = "retencion@example.com"
contact_phone = ""
website = "https://example.com"
[customers]
path = "data/customers.csv"
id = "customer_id"
outcome = "y"
treatment = "t"
revenue = "monthly_charges"
numeric = ["PC*"]
categorical = ["FACTOR*"]
ignore = []
positive = "Yes"
as_of = "2025-06-30"
[customers.contact]
name = "name"
email = "email"
language = "language"
consent = "consent"
[events]
path = "data/events/*.jsonl"
format = "otto"
customer = "customer_id"
session = "session_id"
item = "aid"
item_name = "Description"
ignore_items = ["POST", "M"]
time = "ts"
type = "type"
types = ["clicks", "carts", "orders"]
quantity = "Quantity"
price = "UnitPrice"
outcome_after_days = 90
[catalogue]
path = "catalogue.csv"
[engine]
url = "duckdb://"
memory = "8GB"
threads = 0
[segments]
components = 50
clusters = 4
axes = ["engagement", "cltv", "churn_probability"]
[engagement]
weights = [0.50, 0.30, 0.15, 0.05]
scale = "percentile"
[risk]
thresholds = "auto"
[value]
monthly = 83.33
annual_discount = 0.10
outcome_months = 2
[messages]
writer = "offline"
mode = "cell"
disclose = "numbers"
recommendations = 2
limit = 0
budget_usd = 5.0
[messages.reasons]
recency_days = "hace tiempo que no tenemos noticias suyas"
[store]
url = "sqlite:///querencia.db"
"""


def test_the_contract_of_the_project_file_is_kept() -> None:
    project = parse_project(EVERY_KEY)
    assert project.customers is not None
    assert project.customers.contact.consent == "consent"
    assert project.risk.thresholds == "auto"


@pytest.mark.parametrize("name,model", [(name, model) for name, model, _ in sections()])
def test_every_section_and_key_is_described(name: str, model: type) -> None:
    assert model.__doc__
    undescribed = [key for key, field in model.model_fields.items() if not field.description]
    assert undescribed == []


def test_the_reference_is_what_the_code_says() -> None:
    page = ROOT / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_reference(), (
        "regenerate it: uv run python -m querencia.settings.reference > docs/reference/settings.md"
    )


def test_a_rendered_project_file_sets_what_it_is_given_and_nothing_else() -> None:
    values = {
        "project": {"name": 'A "quoted" name', "language": "pt"},
        "customers": {"path": "data/customers.csv", "contact": {"name": "nome"}, "numeric": ["PC*"]},
        "messages": {
            "limit": 7,
            "reasons": {"recency_days": "sentimos a sua falta", "call minutes": "queremos ajudar"},
        },
    }
    project = parse_project(render_project_file(values, heading="A project.\n\nTwo lines."))
    assert project.project.name == 'A "quoted" name'
    assert project.project.language == "pt"
    assert project.customers is not None
    assert project.customers.numeric == ("PC*",)
    assert project.customers.contact.name == "nome"
    assert project.events is None
    assert project.messages.recommendations == 2
    assert project.messages.limit == 7
    assert project.messages.reasons == {"recency_days": "sentimos a sua falta", "call minutes": "queremos ajudar"}
