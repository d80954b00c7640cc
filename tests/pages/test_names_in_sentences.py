"""Pages write the names of services as a sentence does: "Takes Medicaid, private insurance"."""

from __future__ import annotations

import re

import html5lib
import pytest
from flask.testing import FlaskClient

from directory.catalogue.codes import code_list
from directory.catalogue.proper_names import in_a_sentence
from directory.pages.wording import briefly

PAGES = (
    "/search?q=ketamine+near+Fort+Wayne+that+takes+Medicaid",
    "/search?q=ketamine+near+Fort+Wayne&offers=ECT&offers=MD&verified=90",
    "/clinic/1",
    "/clinic/6",
    "/clinic/30",
    "/clinic/1/report",
    "/shortlist?clinic=1&clinic=6&clinic=30&near=46204",
    "/compare?clinic=1&clinic=2&clinic=4&clinic=30&near=46204",
    "/share?q=ketamine+near+Fort+Wayne+that+takes+Medicaid",
    "/learn/cost-and-insurance",
)
INSIDE = r"(?:, | (?:of|de) |\b(?:takes|offer|offers|acepta|ofrece|not offer|no ofrece):? )"


def capitals(text: str, language: str) -> list[str]:
    """Names of services that stand with a capital inside of a sentence."""
    names = {briefly(one.plain_es if language == "es" else one.plain) for one in code_list()}
    small = {in_a_sentence(name, language) for name in names}
    wrong = sorted(names - small)
    return [name for name in wrong if re.search(rf"(?i:{INSIDE}){re.escape(name)}\b", text)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", PAGES)
def test_no_service_has_a_capital_inside_of_a_sentence(client: FlaskClient, path: str, language: str) -> None:
    page = client.get(path if language == "en" else f"/es{path}").get_data(as_text=True)
    body = html5lib.parse(page, namespaceHTMLElements=False).find("body")
    lines = [" ".join("".join(each.itertext()).split()) for each in body.iter() if each.tag in {"p", "li", "td", "dd"}]
    assert [line for line in lines if capitals(line, language)] == []


def test_how_people_pay_reads_as_a_sentence(client: FlaskClient) -> None:
    assert "Takes Medicaid, Medicare, private insurance" in client.get(PAGES[0]).text
    assert "Acepta Medicaid, Medicare, seguro médico privado" in client.get(f"/es{PAGES[0]}").text
