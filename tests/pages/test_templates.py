"""A template is compiled once for each language, and what it says still follows the address and its values."""

from __future__ import annotations

import re

from flask import Flask, render_template_string
from flask.testing import FlaskClient


def said(app: Flask, source: str, address: str = "/", **values: object) -> str:
    with app.test_request_context(address, environ_overrides={"directory.language": address.strip("/") or "en"}):
        return render_template_string(source, **values)


def test_the_language_of_one_page_never_stays_for_the_next(client: FlaskClient) -> None:
    pages = [client.get(path).text for path in ("/search?q=ketamine", "/es/search?q=ketamine") * 2]
    found = [re.findall(r"<summary>(Why this clinic\?|¿Por qué esta clínica\?)", page) for page in pages]
    assert [set(words) for words in found] == [{"Why this clinic?"}, {"¿Por qué esta clínica?"}] * 2


def test_a_fixed_sentence_is_in_the_compiled_template_and_not_looked_up_while_it_is_written(app: Flask) -> None:
    source = "<p>{{ _('Search') }}</p>{% trans %}Search{% endtrans %}"
    assert said(app, source) == "<p>Search</p>Search"
    assert said(app, source, "/es") == "<p>Buscar</p>Buscar"
    with app.test_request_context("/es", environ_overrides={"directory.language": "es"}):
        assert "gettext" not in app.jinja_env.compile(source, raw=True)


def test_a_sentence_with_values_is_filled_and_what_people_typed_is_escaped(app: Flask) -> None:
    source = "{{ _('Take off “%(what)s”', what=words) }}|{% trans what=words %}Take off “{{ what }}”{% endtrans %}"
    assert said(app, source, words="<b>").split("|") == ["Take off “&lt;b&gt;”"] * 2
    assert said(app, source, "/es", words="<b>").split("|") == ["Quitar “&lt;b&gt;”"] * 2


def test_a_sentence_from_a_value_is_looked_up_when_it_is_written(app: Flask) -> None:
    assert said(app, "{{ _(words) }}", "/es", words="Search") == "Buscar"


def test_a_share_with_its_percent_sign_stays_as_it_is_meant(app: Flask) -> None:
    assert said(app, "{{ _('100%% of it') }}") == "100% of it"
