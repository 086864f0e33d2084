"""How a site has the pages look: its style sheet and fragments, and the policy that holds whatever they say."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from indexer.content.urls import site_origin
from indexer.errors import BadSetting
from indexer.settings import ServiceSettings, Settings

_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Look:
    """The files that `service.stylesheet`, `service.header` and `service.footer` name, as text; empty without one.

    version: of the style sheet. policy: the Content-Security-Policy of the pages.
    """

    stylesheet: str
    version: str
    header: str
    footer: str
    policy: str


def look_of(settings: Settings) -> Look:
    """Reads the files. Raises BadSetting for one that cannot be read."""
    service = settings.service
    stylesheet = _text("stylesheet", service.stylesheet)
    return Look(
        stylesheet=stylesheet,
        version=hashlib.sha256(stylesheet.encode()).hexdigest()[:12],
        header=_text("header", service.header),
        footer=_text("footer", service.footer),
        policy=_policy(site_origin(settings.content), service),
    )


def _text(name: str, file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadSetting(f'"service.{name}" names {file}, which does not exist') from None
    except (OSError, ValueError):
        raise BadSetting(f'"service.{name}" names {file}, which cannot be read as a text in UTF-8') from None


def _origin(site: str) -> str:
    """The origin of an address as a policy may name it, so in ASCII; empty for one that is none."""
    try:
        scheme, host, *_ = urlsplit(site)
        name = host.encode("idna").decode()
    except ValueError:
        return ""
    return f"{scheme}://{name}" if _HOST.fullmatch(name) else ""


def _policy(site: str, service: ServiceSettings) -> str:
    """Nothing is run; nothing is loaded but the styles and, of the site itself, pictures and fonts.

    Where questions are recorded, links may tell this service, and nobody else, that they were followed. Where somebody
    writes and watches, the script of this service runs that asks it what it serves.
    """
    origin = _origin(site)
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            f"img-src 'self' {origin}".rstrip(),
            *([f"font-src {origin}"] if origin else []),
            *(["connect-src 'self'"] if service.record_queries or service.watch else []),
            *(["script-src 'self'"] if service.watch else []),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
