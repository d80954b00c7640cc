"""ChosenClinics: the clinics that the address of a page names, for the shortlist and for comparing."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from directory.catalogue.facility import facility_document
from directory.pages.address import clinic_ids, near_of
from directory.pages.profile import Profile
from directory.pages.site import site
from directory.pages.wording import PAYMENT_ON_CARDS, TREATMENTS_ON_CARDS, distance, listed_words, names_on_card
from directory.places.distance import geodesic_miles
from directory.places.place import Place


@dataclass(frozen=True, slots=True)
class ChosenClinics:
    """The parameters of /shortlist and /compare: ids of clinics in order, and a place to measure from, "" for none."""

    ids: tuple[int, ...] = ()
    near: str = ""
    endpoint: str = "shortlist.show"

    @classmethod
    def parse(cls, args: MultiDict[str, str], endpoint: str) -> ChosenClinics:
        """Read the query part of an address; what cannot be a clinic is left out, never an error."""
        return cls(clinic_ids(args.getlist("clinic")), near_of(args), endpoint)

    def fields(self) -> list[tuple[str, str]]:
        """Name and value of every parameter that is set."""
        return [("clinic", str(each)) for each in self.ids] + ([("near", self.near)] if self.near else [])

    def but(self, **changes: Any) -> str:
        """The address of the page with something changed."""
        other = dataclasses.replace(self, **changes)
        fields = other.fields()
        return url_for(other.endpoint) + (f"?{urlencode(fields)}" if fields else "")

    def without(self, clinic: int) -> str:
        """The address of the page without one of its clinics."""
        return self.but(ids=tuple(each for each in self.ids if each != clinic))

    def link(self) -> str:
        """The whole address of the list for other people and devices: which clinics, and nothing of who or where."""
        return url_for(self.endpoint, clinic=self.ids, _external=True)


@dataclass(frozen=True, slots=True)
class ChosenClinic:
    """One of the clinics, its number in the order of the address, and how far it is in words, "" where nobody asks."""

    number: int
    profile: Profile
    document: dict[str, Any]
    distance: str

    @property
    def treatments(self) -> tuple[str, ...]:
        """The treatments that a card names."""
        return names_on_card(tuple(self.document["codes"]), TREATMENTS_ON_CARDS)

    @property
    def payment(self) -> str:
        """How people pay, inside of a sentence; "" where the listing does not say."""
        return listed_words(names_on_card(tuple(self.document["codes"]), PAYMENT_ON_CARDS))


def chosen_clinics(chosen: ChosenClinics) -> list[ChosenClinic]:
    """The clinics that are known, in the order of the address."""
    with site().catalogue.reading() as session:
        documents = [document for each in chosen.ids if (document := facility_document(session, each))]
    place = site().search.understand("", near=chosen.near).place if chosen.near else None
    return [
        ChosenClinic(number, Profile.of(document), document, _far(document, place))
        for number, document in enumerate(documents, 1)
    ]


def _far(document: dict[str, Any], place: Place | None) -> str:
    if place is None or document["latitude"] is None:
        return ""
    miles = geodesic_miles(place.latitude, place.longitude, document["latitude"], document["longitude"])
    return distance(miles, document["precision"])
