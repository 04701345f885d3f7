"""Where the engine is: the urls that the project file may name. Loads none of their packages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from querencia.errors import SettingsError

Kind = Literal["local", "cluster", "connect"]

_LOCAL = re.compile(r"local\[(?P<cores>\*|[1-9]\d*)\]")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:]+\]|[\w.-]+)(:(?P<port>\d{1,5}))?")
_PORTS = {"spark": 7077, "spark-connect": 15002}
_SECRETS = ("token", "user_id")


@dataclass(frozen=True, kw_only=True)
class SparkAddress:
    """A url, and what it means: `cores` of this process (local), or the `hosts` (with port) to ask."""

    url: str
    kind: Kind
    cores: str = ""
    hosts: tuple[tuple[str, int], ...] = ()
    options: str = ""

    @property
    def is_here(self) -> bool:
        """Whether Spark is on this machine, and reached without leaving it."""
        return all(_is_loopback(host) for host, _ in self.hosts)

    @property
    def remote_url(self) -> str:
        """The address as Spark Connect itself writes it."""
        ((host, port),) = self.hosts
        return f"sc://{host}:{port}/{self.options}"


def require_engine(url: str) -> None:
    """Raise SettingsError unless `url` names an engine; whether it can be reached is not asked."""
    if url != "duckdb://":
        spark_address(url)


def is_spark(url: str) -> bool:
    """Tell whether a url of the project file means Spark."""
    return url.startswith(("local", *(f"{scheme}://" for scheme in _PORTS)))


def spark_address(url: str) -> SparkAddress:
    """Return what a Spark url means. SettingsError for one that is none, or that holds a secret."""
    if local := _LOCAL.fullmatch(url):
        return SparkAddress(url=url, kind="local", cores=local["cores"])
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme)
    if port is None:
        raise _no_address(url)
    if parts.scheme == "spark":
        hosts = tuple(_host(host, url=url, port=port) for host in parts.netloc.split(","))
        if parts.path.strip("/"):
            raise _no_address(url)
        return SparkAddress(url=f"spark://{','.join(f'{h}:{p}' for h, p in hosts)}", kind="cluster", hosts=hosts)
    options = parts.path.removeprefix("/")
    if any(option.partition("=")[0].strip().lower() in _SECRETS for option in options.split(";")):
        raise SettingsError(
            "[engine] url: it holds a credential, which does not belong in a project file. Set "
            "SPARK_CONNECT_AUTHENTICATE_TOKEN in the environment, and leave it out of the url."
        )
    if options and not options.startswith(";"):
        raise _no_address(url)
    return SparkAddress(url=url, kind="connect", hosts=(_host(parts.netloc, url=url, port=port),), options=options)


def _host(text: str, *, url: str, port: int) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    if found is None or not 0 < int(found["port"] or port) < 1 << 16:
        raise _no_address(url)
    return found["host"], int(found["port"] or port)


def _no_address(url: str) -> SettingsError:
    shown = re.sub(r"//[^/@]*@", "//…@", url)
    return SettingsError(
        f'[engine] url = {shown!r}: expected "duckdb://", "local[*]" or "local[4]" (Spark in this process), '
        '"spark://host:7077" (a standalone cluster) or "spark-connect://host:15002" (a Spark Connect server).'
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
