"""Service codes in the catalogue: those we know, those a source defines, and those nobody does."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.models import ServiceCategory, ServiceCode
from directory.catalogue.record import CodeRecord

UNKNOWN_CATEGORY = "?"


def keep_codes(session: Session, defined: Iterable[CodeRecord], used: Iterable[str]) -> None:
    """Add the code list's, a batch's and its rows' codes that the catalogue does not hold yet.

    What data/service_codes.csv does not know is kept with known=False; a code of no list has the category "?".
    """
    categories = set(session.scalars(select(ServiceCategory.code)))
    codes = set(session.scalars(select(ServiceCode.code)))
    ours = code_list()
    wanted_categories = {code: category.name for code, category in ours.categories.items()}
    wanted = {service.code: (service.category, service.name) for service in ours}
    for record in defined:
        wanted_categories.setdefault(record.category_code, record.category_name)
        wanted.setdefault(record.code, (record.category_code, record.name))
    for code in sorted(set(used) - set(wanted)):
        wanted_categories.setdefault(UNKNOWN_CATEGORY, "Codes of no list")
        wanted[code] = (UNKNOWN_CATEGORY, code)
    session.add_all(
        ServiceCategory(code=code, name=name, position=position)
        for position, (code, name) in enumerate(wanted_categories.items())
        if code not in categories
    )
    session.flush()
    session.add_all(
        ServiceCode(code=code, category_code=category, name=name, known=code in ours)
        for code, (category, name) in wanted.items()
        if code not in codes
    )
    session.flush()
