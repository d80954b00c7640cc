"""Machine facts: what a page says, once more in the words of schema.org for search engines (JSON-LD)."""

from __future__ import annotations

from typing import Any

from flask import request

from directory.education.page import EducationPage
from directory.pages.language import ENGLISH, language
from directory.pages.profile import Profile
from directory.pages.sharing import canonical, whole_address
from directory.pages.site import site

SCHEMA = "https://schema.org"


def machine_facts(clinic: object, page: object) -> list[dict[str, Any]]:
    """The facts of this page as JSON-LD objects: of the clinic or the page to read that it shows, or of the site."""
    if isinstance(clinic, Profile):
        return [clinic_facts(clinic)]
    if isinstance(page, EducationPage):
        return [page_facts(page)]
    return [site_facts()] if request.endpoint == "home.show" else []


def clinic_facts(clinic: Profile) -> dict[str, Any]:
    """A clinic as a MedicalClinic. What its listing withholds stays out, and nothing is said that no source says."""
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "MedicalClinic",
        "name": clinic.name,
        "url": canonical(),
        "address": {
            "@type": "PostalAddress",
            **({"streetAddress": clinic.street} if clinic.street else {}),
            "addressLocality": clinic.city,
            "addressRegion": clinic.state,
            "postalCode": clinic.zip,
            "addressCountry": "US",
        },
    }
    if clinic.phone:
        facts["telephone"] = clinic.phone
    if clinic.safe_website:
        facts["sameAs"] = clinic.safe_website
    if clinic.precision == "street" and clinic.latitude is not None:
        facts["geo"] = {"@type": "GeoCoordinates", "latitude": clinic.latitude, "longitude": clinic.longitude}
    treatments = [service.name for group in clinic.groups[:1] for service in group.services]
    if treatments:
        facts["availableService"] = [{"@type": "MedicalTherapy", "name": name} for name in treatments]
    return facts


def page_facts(page: EducationPage) -> dict[str, Any]:
    """A page to read as a MedicalWebPage for patients."""
    return {
        "@context": SCHEMA,
        "@type": "MedicalWebPage",
        "headline": page.title,
        "description": page.summary,
        "url": canonical(),
        "inLanguage": page.language,
        "lastReviewed": page.reviewed.isoformat(),
        "audience": {"@type": "Patient"},
        "about": {"@type": "MedicalTherapy", "name": "Ketamina" if page.language != ENGLISH else "Ketamine"},
        "citation": [source.address for source in page.sources],
        "publisher": _publisher(),
    }


def site_facts() -> dict[str, Any]:
    """The directory as a WebSite that can be searched."""
    search = f"{whole_address(language(), '/search')}?q={{words}}"
    return {
        "@context": SCHEMA,
        "@type": "WebSite",
        "name": site().settings.center.name,
        "url": canonical(),
        "inLanguage": language(),
        "publisher": _publisher(),
        "potentialAction": {"@type": "SearchAction", "target": search, "query-input": "required name=words"},
    }


def _publisher() -> dict[str, str]:
    center = site().settings.center
    return {"@type": "MedicalOrganization", "name": center.name, "telephone": center.phone}
