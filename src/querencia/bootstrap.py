"""The composition root: the only place that wires settings to what they configure."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from querencia.data.datasets.made import MadeDataset, Progress
from querencia.data.sources import ContactColumns, CustomerSource, EventSource
from querencia.data.spark.address import require_engine
from querencia.errors import InputError, SettingsError
from querencia.language.locales import default_locale, known_locale
from querencia.messages.brief import Brand
from querencia.pipeline.plan import Modelling, Plan, Writing
from querencia.settings import PROJECT_FILE, Environment, load_project
from querencia.settings.models import CustomersSection, EventsSection, LoadedProject

if TYPE_CHECKING:
    from querencia.pipeline.checking import CheckedFile
    from querencia.pipeline.progress import Progress as Reporter

EXAMPLE_CUSTOMERS = 1000


def open_project(folder: Path | str, *, model: Path | str | None = None) -> Plan:
    """Return the plan of the project in `folder`; its customers are scored by the model saved in the folder `model`, or
    by one that is learned from them. Raises SettingsError where the project's file is missing or wrong.
    """
    project = load_project(Path(folder))
    settings = project.settings
    _refuse_what_is_not_here(project)
    return Plan(
        folder=project.folder,
        name=settings.project.name,
        language=settings.project.language,
        locale=known_locale(settings.project.locale or default_locale(settings.project.language)),
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
        saved_model=None if model is None else Path(model).absolute(),
    )


def _refuse_what_is_not_here(project: LoadedProject) -> None:
    if project.settings.messages.writer != "offline":
        raise SettingsError(
            f"[messages] writer = {project.settings.messages.writer!r}: this version of querencia writes with "
            "'offline' texts only. Set writer = 'offline', or leave the key out."
        )
    require_engine(project.settings.engine.url)


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
        folds=settings.churn.folds,
        repeats=settings.churn.repeats,
        components=settings.segments.components,
        clusters=settings.segments.clusters,
        axes=settings.segments.axes,
        weights=settings.engagement.weights,
        scale=settings.engagement.scale,
        thresholds=settings.risk.thresholds,
        monthly=settings.value.monthly,
        margin=settings.value.margin,
        horizon_months=settings.value.horizon_months,
        annual_discount=settings.value.annual_discount,
        outcome_months=settings.value.outcome_months,
        designed_share=settings.customers.treatment_share if settings.customers else None,
    )


def _writing(project: LoadedProject) -> Writing:
    settings = project.settings
    return Writing(
        brand=Brand(name=settings.project.name, **settings.brand.model_dump()),
        disclose=settings.messages.disclose,
        recommendations=settings.messages.recommendations,
        limit=settings.messages.limit,
        forbidden=settings.messages.forbidden,
        reasons=tuple(sorted(settings.messages.reasons.items())),
    )


def make_demo(folder: Path, *, customers: int, seed: int, force: bool = False) -> MadeDataset:
    """Make the example company in `folder`, unless the very same one is there already."""
    from querencia.data.datasets.makers import make_dataset

    return make_dataset("voiceflip", folder, customers=customers, seed=seed, force=force)


def start_project(folder: Path) -> tuple[Path, ...]:
    """Write a project that runs as it is: every key of its file explained, and made-up data to replace.

    Raises InputError where a project stands there already.
    """
    from querencia.data.datasets.makers import make_dataset
    from querencia.settings.reference import render_project_file

    file = folder / PROJECT_FILE
    if file.exists():
        raise InputError(f"{str(file)!r} is there already: expected a folder without a project. Name another folder.")
    made = make_dataset("voiceflip", folder, customers=EXAMPLE_CUSTOMERS)
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    file.write_text(render_project_file(values, heading=STARTER), encoding="utf-8", newline="\n")
    return made.files


def make_data(
    name: str,
    path: Path,
    *,
    customers: int | None = None,
    sessions: int | None = None,
    seed: int = 42,
    force: bool = False,
    on_progress: Progress | None = None,
) -> MadeDataset:
    """Make the synthetic data set `name`."""
    from querencia.data.datasets.makers import make_dataset

    return make_dataset(
        name, path, customers=customers, sessions=sessions, seed=seed, force=force, on_progress=on_progress
    )


def get_data(name: str, folder: Path, *, on_progress: Progress | None = None) -> MadeDataset:
    """Fetch the public data set `name` into `folder`; credentials come from the environment."""
    from querencia.data.datasets.getters import Credentials
    from querencia.data.datasets.public import get_dataset

    environment = Environment()
    credentials = None
    if environment.kaggle_username and environment.kaggle_key:
        credentials = Credentials(username=environment.kaggle_username, key=environment.kaggle_key.get_secret_value())
    return get_dataset(name, folder, credentials=credentials, on_progress=on_progress)


def licence_of(name: str) -> str:
    """Return under what terms the public data set `name` may be used, as a sentence."""
    from querencia.data.datasets.public import describe_dataset

    dataset = describe_dataset(name)
    return f"{dataset.title}. Licence: {dataset.licence} ({dataset.licence_url}). Source: {dataset.source}."


def check_messages(file: Path, *, project: Path | None, progress: Reporter) -> CheckedFile:
    """Check the messages of `file` against the brand, catalogue and customers of a project.

    Without `project` it is the one in this folder, or else the nearest above the file; there need not be any.
    """
    from querencia.pipeline.checking import check_file

    folder = project or next((place for place in (Path(), *file.absolute().parents) if _is_project(place)), None)
    return check_file(file, plan=open_project(folder) if folder else None, progress=progress)


def _is_project(folder: Path) -> bool:
    return (folder / PROJECT_FILE).is_file()


STARTER = """A querencia project. It runs as it is, on made-up data:  querencia run --project .
Replace the files under data/ and catalogue.csv by your own, and the names of their columns below.
A key that is commented out shows its default."""
