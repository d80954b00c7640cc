"""Wanted: the clinics a referral begins with, from a result, a clinic's page or a shared shortlist, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy import select

from directory.catalogue.models import Facility
from directory.pages.address import clinic_ids
from directory.pages.site import site
from directory.referrals.referral import MOST_CLINICS


@dataclass(frozen=True, slots=True)
class WantedClinics:
    """At most five clinics that are still listed; `too_many` and `gone` count those left out."""

    clinics: tuple[Facility, ...] = ()
    too_many: int = 0
    gone: int = 0

    @property
    def ids(self) -> list[int]:
        """Their ids, as a page's address repeats them."""
        return [clinic.id for clinic in self.clinics]

    @property
    def field(self) -> str:
        """The same as a form's field holds them: "3 7"."""
        return " ".join(map(str, self.ids))


def wanted_clinics(field: str | None = None) -> WantedClinics:
    """The clinics named by a form's field, else by the address of the page: `clinic=3&clinic=7`."""
    named = field.split() if field else request.args.getlist("clinic")
    ids = clinic_ids(named)
    with site().catalogue.reading() as reading:
        rows = reading.scalars(select(Facility).where(Facility.id.in_(ids), Facility.in_results()))
        found = {facility.id: facility for facility in rows}
    clinics = [found[number] for number in ids if number in found]
    return WantedClinics(tuple(clinics[:MOST_CLINICS]), len(clinics[MOST_CLINICS:]), len(ids) - len(clinics))
