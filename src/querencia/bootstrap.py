"""The composition root: the only place that wires settings to what they configure."""

from __future__ import annotations

from pathlib import Path

from querencia.data.sources import ContactColumns, CustomerSource, EventSource
from querencia.errors import SettingsError
from querencia.messages.brief import Brand
from querencia.pipeline.plan import Modelling, Plan, Writing
from querencia.settings import load_project
from querencia.settings.models import CustomersSection, EventsSection, LoadedProject

DEFAULT_LOCALES = {"es": "es_ES", "en": "en_US", "pt": "pt_PT"}


def open_project(folder: Path) -> Plan:
    """Return the plan of the project in `folder`. Raises SettingsError where its file is missing or wrong."""
    project = load_project(folder)
    settings = project.settings
    _refuse_what_is_not_here(project)
    return Plan(
        folder=project.folder,
        name=settings.project.name,
        language=settings.project.language,
        locale=settings.project.locale or DEFAULT_LOCALES[settings.project.language],
        currency=settings.project.currency,
        timezone=settings.project.timezone,
        seed=settings.project.seed,
        max_rejected=settings.project.max_rejected,
        synthetic=settings.project.synthetic,
        customers=_customer_source(project, settings.customers),
        events=_event_source(project, settings.events),
        outcome_after_days=settings.events.outcome_after_days if settings.events else None,
        catalogue=project.resolve(settings.catalogue.path) if settings.catalogue else None,
        engine_url=settings.engine.url,
        engine_memory=settings.engine.memory,
        engine_threads=settings.engine.threads,
        modelling=_modelling(project),
        writing=_writing(project),
    )


def _refuse_what_is_not_here(project: LoadedProject) -> None:
    if project.settings.messages.writer != "offline":
        raise SettingsError(
            f"[messages] writer = {project.settings.messages.writer!r}: this version of querencia writes with 'offline' "
            "texts only. Set writer = 'offline', or leave the key out."
        )
    if not project.settings.engine.url.startswith("duckdb://"):
        raise SettingsError(
            f"[engine] url = {project.settings.engine.url!r}: this version of querencia computes on 'duckdb://' only. "
            "Set url = 'duckdb://', or leave the key out."
        )


def _customer_source(project: LoadedProject, section: CustomersSection | None) -> CustomerSource | None:
    if section is None:
        return None
    return CustomerSource(
        path=project.resolve(section.path),
        id=section.id,
        outcome=section.outcome,
        positive=None if section.positive is None else str(section.positive),
        treatment=section.treatment,
        revenue=section.revenue,
        numeric=section.numeric,
        categorical=section.categorical,
        ignore=section.ignore,
        as_of=section.as_of,
        contact=ContactColumns(**section.contact.model_dump()),
    )


def _event_source(project: LoadedProject, section: EventsSection | None) -> EventSource | None:
    if section is None:
        return None
    columns = section.model_dump(exclude={"path", "outcome_after_days"})
    return EventSource(path=project.resolve(section.path), **columns)


def _modelling(project: LoadedProject) -> Modelling:
    settings = project.settings
    return Modelling(
        components=settings.segments.components,
        clusters=settings.segments.clusters,
        axes=settings.segments.axes,
        weights=settings.engagement.weights,
        scale=settings.engagement.scale,
        thresholds=settings.risk.thresholds,
        monthly=settings.value.monthly,
        annual_discount=settings.value.annual_discount,
        outcome_months=settings.value.outcome_months,
    )


def _writing(project: LoadedProject) -> Writing:
    settings = project.settings
    return Writing(
        brand=Brand(name=settings.project.name, **settings.brand.model_dump()),
        disclose=settings.messages.disclose,
        recommendations=settings.messages.recommendations,
        limit=settings.messages.limit,
        forbidden=settings.messages.forbidden,
    )
