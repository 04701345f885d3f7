"""The composition root: the only place that wires settings to what they configure."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from querencia.data.datasets.made import MadeDataset, Progress
from querencia.data.sources import ContactColumns, CustomerSource, EventSource
from querencia.data.spark.address import require_engine
from querencia.errors import InputError, SettingsError
from querencia.language.locales import default_locale, known_locale
from querencia.messages.brief import Brand
from querencia.messages.writers.llm.connection import Connection
from querencia.pipeline.plan import Generation, Modelling, Plan, Writing
from querencia.settings import PROJECT_FILE, Environment, load_project
from querencia.settings.messages import LlmSection
from querencia.settings.models import CustomersSection, EventsSection, LoadedProject

if TYPE_CHECKING:
    from querencia.pipeline.checking import CheckedFile
    from querencia.pipeline.progress import Progress as Reporter

EXAMPLE_CUSTOMERS = 1000
OPENAI_URL = "https://api.openai.com/v1"


def open_project(
    folder: Path | str, *, model: Path | str | None = None, workers: int | None = None, writes: bool = True
) -> Plan:
    """Return the plan of the project in `folder`; its customers are scored by the model saved in the folder `model`, or
    by one that is learned from them. `workers` processes ask the llm writer's model, by default as many as the project
    says; where nothing is to be written (`writes` False), no model server need be named. Raises SettingsError where the
    project's file, or the environment, is missing something or wrong.
    """
    project = load_project(Path(folder))
    settings = project.settings
    require_engine(settings.engine.url)
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
        generation=_generation(project, workers, writes=writes) if settings.messages.writer == "llm" else None,
        saved_model=None if model is None else Path(model).absolute(),
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
    writing = Writing(
        brand=Brand(name=settings.project.name, **settings.brand.model_dump()),
        disclose=settings.messages.disclose,
        recommendations=settings.messages.recommendations,
        limit=settings.messages.limit,
        forbidden=settings.messages.forbidden,
        reasons=tuple(sorted(settings.messages.reasons.items())),
        severity=tuple(sorted(settings.messages.severity.items())),
    )
    try:
        _ = writing.rules
    except ValueError as error:
        raise SettingsError(f"[messages.severity]: {error}.") from error
    return writing


def _generation(project: LoadedProject, workers: int | None, *, writes: bool) -> Generation | None:
    settings, messages, llm = project.settings, project.settings.messages, project.settings.llm
    environment = Environment()
    if not writes and not _names_server(environment):
        return None
    _require_model_libraries()
    price = None
    if llm.input_usd is not None and llm.output_usd is not None:
        price = (llm.input_usd, llm.cached_input_usd, llm.output_usd)
    return Generation(
        connection=_connection(llm, environment),
        store_url=_without_password(settings.store.url),
        mode=messages.mode,
        top=messages.top,
        variants=messages.variants,
        cells=messages.cells,
        cell_customers=messages.cell_customers,
        voice=messages.voice,
        examples=messages.examples,
        budget_usd=messages.budget_usd,
        price=price,
        batch=llm.batch,
        workers=workers or llm.workers,
        concurrency=llm.concurrency,
        requests_per_minute=llm.requests_per_minute,
        tokens_per_minute=llm.tokens_per_minute,
        reasoning_tokens=llm.reasoning_tokens,
        traced=environment.otel_exporter_otlp_endpoint is not None,
    )


def _connection(llm: LlmSection, environment: Environment) -> Connection:
    """Return the server that the environment names: Azure OpenAI before any other."""
    if environment.azure_openai_endpoint:
        if not environment.azure_openai_deployment:
            raise SettingsError(
                "AZURE_OPENAI_DEPLOYMENT is not set: expected the name of the deployment that writes the messages. "
                "Set it beside AZURE_OPENAI_ENDPOINT."
            )
        return Connection(
            kind="azure_legacy" if environment.openai_api_version else "azure_v1",
            url=environment.azure_openai_endpoint,
            deployment=environment.azure_openai_deployment,
            family=llm.model,
            api_version=environment.openai_api_version or "",
            key=environment.azure_openai_api_key,
            timeout=llm.timeout_seconds,
            effort=llm.effort,
        )
    if not _names_server(environment):
        raise SettingsError(
            "[messages] writer = 'llm': no model server is named. Expected AZURE_OPENAI_ENDPOINT, "
            "AZURE_OPENAI_DEPLOYMENT and AZURE_OPENAI_API_KEY (without the key: Entra ID) in the environment, or "
            "OPENAI_BASE_URL and OPENAI_API_KEY for a compatible server. Set them, or set writer = 'offline'."
        )
    if not llm.model:
        raise SettingsError(
            "[llm] model is not set: a compatible server needs the model's name, such as 'gpt-4.1-mini'. Add the key."
        )
    return Connection(
        kind="compatible",
        url=environment.openai_base_url or OPENAI_URL,
        deployment=llm.model,
        key=environment.openai_api_key,
        timeout=llm.timeout_seconds,
        effort=llm.effort,
    )


def _names_server(environment: Environment) -> bool:
    return bool(environment.azure_openai_endpoint or environment.openai_base_url or environment.openai_api_key)


def _require_model_libraries() -> None:
    if find_spec("pydantic_ai") is None or find_spec("openai") is None:
        raise SettingsError(
            "[messages] writer = 'llm' needs libraries that are not installed: expected the extra 'llm'. "
            "Install it with `pip install 'querencia[llm]'`, or set writer = 'offline'."
        )


def _without_password(url: str) -> str:
    """Return the store's address; SettingsError where a password stands in it."""
    parts = urlsplit(url)
    if parts.password:
        raise SettingsError(
            f"[store] url for {parts.hostname!r} holds a password: expected it in the environment, never in a file. "
            "Set PGPASSWORD, or use ~/.pgpass, and take the password out of the url."
        )
    return url


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
    return check_file(file, plan=open_project(folder, writes=False) if folder else None, progress=progress)


def _is_project(folder: Path) -> bool:
    return (folder / PROJECT_FILE).is_file()


STARTER = """A querencia project. It runs as it is, on made-up data:  querencia run --project .
Replace the files under data/ and catalogue.csv by your own, and the names of their columns below.
A key that is commented out shows its default."""
