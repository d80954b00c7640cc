"""Geocoding through geopy: off by default, one request at a time, each address asked once for good."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from geopy.exc import GeocoderServiceError, GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import get_geocoder_for_service
from sqlalchemy.orm import Session

from directory.catalogue.models import GeocodedAddress
from directory.catalogue.placing import Address, Geocode
from directory.config import GeocoderSettings
from directory.errors import PlainError

_SECONDS_TO_ANSWER = 10


class GeocoderError(PlainError):
    """The configured geocoder does not exist or does not answer; the message names the setting."""


def geocoder(session: Session, settings: GeocoderSettings) -> Geocode | None:
    """The geocoder of the settings, remembering every answer in the catalogue; None where none is configured.

    An address the service does not know is remembered as unknown. Raises GeocoderError where it does not answer.
    """
    if not settings.service:
        return None
    ask = _service(settings)

    def geocode(address: Address) -> tuple[float, float] | None:
        text = f"{address.street}, {address.city}, {address.state} {address.zip}"[:300]
        known = session.get(GeocodedAddress, text)
        if known is None:
            known = _asked(ask, text, settings)
            session.add(known)
        if known.latitude is None or known.longitude is None:
            return None
        return known.latitude, known.longitude

    return geocode


def _asked(ask: Any, text: str, settings: GeocoderSettings) -> GeocodedAddress:
    try:
        found = ask(text)
    except GeocoderServiceError as error:
        raise GeocoderError(
            f"the geocoder {settings.service!r} does not answer ({error}); try later, "
            "or set [geocoder] service to nothing and places come from ZIPs"
        ) from error
    return GeocodedAddress(
        address=text,
        provider=settings.service,
        latitude=found.latitude if found else None,
        longitude=found.longitude if found else None,
        asked_at=dt.datetime.now(dt.UTC),
    )


@cache
def _service(settings: GeocoderSettings) -> Any:
    """One limiter for the whole process, so that two imports in a row keep the pace too."""
    try:
        kind = get_geocoder_for_service(settings.service)
    except GeopyError as error:
        raise GeocoderError(f"[geocoder] service: geopy knows no geocoder {settings.service!r}") from error
    options: dict[str, Any] = {"user_agent": settings.user_agent, "timeout": _SECONDS_TO_ANSWER}
    if settings.address:
        address = urlsplit(settings.address if "//" in settings.address else f"https://{settings.address}")
        options |= {"domain": address.netloc + address.path.rstrip("/"), "scheme": address.scheme}
    pace = settings.seconds_between_requests
    return RateLimiter(
        kind(**options).geocode,
        min_delay_seconds=pace,
        max_retries=2,
        error_wait_seconds=pace * 5,
        swallow_exceptions=False,
    )
