"""No Spanish page calls a service, or a kind of services, by its English name."""

from __future__ import annotations

from collections.abc import Iterator

import html5lib
import pytest
from flask.testing import FlaskClient

from directory.catalogue.codes import code_list
from directory.pages.wording import briefly

PAGES = (
    "/es/search?q=ketamina+cerca+de+Fort+Wayne+con+Medicaid",
    "/es/search?q=ketamina&offers=MD&offers=TMS",
    "/es/clinic/1",
    "/es/clinic/30",
    "/es/shortlist?clinic=1&clinic=30&near=46204",
    "/es/compare?clinic=1&clinic=8",
    "/es/compare?clinic=1&clinic=2&clinic=4&clinic=30&near=46204",
    "/es/share?q=ketamina+cerca+de+Fort+Wayne+con+Medicaid",
)


def english_names() -> set[str]:
    """The English names, whole and without what stands in brackets, of whatever has a Spanish name of its own."""
    known = [*code_list().services.values(), *code_list().categories.values()]
    english = {one.plain for one in known if one.plain_es and one.plain_es != one.plain}
    spanish = {one.plain_es for one in known}
    return (english | {briefly(name) for name in english}) - spanish - {briefly(name) for name in spanish}


def said(page: str) -> Iterator[str]:
    """Every piece of text on a page, lists taken apart."""
    for text in html5lib.parse(page, namespaceHTMLElements=False).find("body").itertext():
        yield from (piece.strip() for piece in text.split(","))


@pytest.mark.parametrize("path", PAGES)
def test_a_spanish_page_names_services_in_spanish(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    assert "Infusión de ketamina" in page
    assert english_names() & set(said(page)) == set()
