"""The clinic's page: a link and a code open it, nothing else does, and it works without a script."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from made_up_people import JANE
from sending import Center, Recording
from sqlalchemy import select
from werkzeug.test import TestResponse

from directory.accounts.audit import AuditEntry
from directory.application import assemble
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.keyring import Keyring
from directory.pages.site import Site
from directory.referrals.consent import revoke
from directory.referrals.follow_up import BOARD
from directory.referrals.models import ClinicLink, Consent, Referral
from directory.referrals.reply import answer_question

HOST = "https://localhost"


@pytest.fixture
def center(catalogue: Catalogue, keyring: Keyring, settings: Settings, recording: Recording) -> Center:
    return Center.sending_to(1, catalogue, keyring, settings, recording)


@pytest.fixture
def browser(center: Center) -> FlaskClient:
    site = Site(center.settings, center.catalogue, open_search=_no_search, education_pages={}, clock=lambda: center.now)
    site._keyring = center.keyring
    return assemble(site).test_client()


def _no_search() -> object:
    raise AssertionError("this page searches nothing")


def _token(center: Center) -> str:
    message = center.message()
    text: str = center.keyring.open(f"message:{message.uid}", message.sealed)["text"]
    return text.split("/reply/")[1].split(maxsplit=1)[0]


def _get(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path, base_url=HOST)


def _send(browser: FlaskClient, page: str, path: str, **fields: str) -> TestResponse:
    """Send a form of a page with the page's own token."""
    return _send_from(browser, _get(browser, page), path, **fields)


def _send_from(browser: FlaskClient, page: TestResponse, path: str, **fields: str) -> TestResponse:
    """The same from a page that was opened before."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    return browser.post(path, base_url=HOST, data=fields | {"csrf_token": found[1]})


def _unlock(browser: FlaskClient, token: str, code: str) -> TestResponse:
    return _send(browser, f"/reply/{token}", f"/reply/{token}", code=code)


def test_following_the_link_changes_and_tells_nothing(center: Center, browser: FlaskClient, clinics: list[int]) -> None:
    referral_id, _choice, _code = center.queued(clinics[:1])
    before = center.referral(referral_id).version
    there, nowhere = _get(browser, f"/reply/{_token(center)}"), _get(browser, "/reply/never-was")
    assert (there.status_code, nowhere.status_code) == (200, 200)
    assert _without_tokens(there.text) == _without_tokens(nowhere.text)
    assert center.referral(referral_id).version == before
    with center.catalogue.recording() as session:
        assert session.scalars(select(ClinicLink)).one().opened_at is None


def test_a_wrong_code_and_an_unknown_link_answer_alike(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    wrong = _unlock(browser, _token(center), "1234" if code != "1234" else "4321")
    unknown = _unlock(browser, "never-was", code)
    assert wrong.status_code == unknown.status_code == 403
    assert _without_tokens(wrong.text) == _without_tokens(unknown.text)


def test_the_right_code_shows_the_packet_and_the_crisis_line_but_no_fact(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    assert _unlock(browser, _token(center), code).location == "/reply/open"
    page = _get(browser, "/reply/open")
    assert page.status_code == 200
    assert "tel:988" in page.text
    assert "tel:911" in page.text
    assert not any(fact in page.text for fact in (*JANE.name.split(), JANE.reference, JANE.zip))
    assert page.headers["Cache-Control"] == "no-store"
    packet = _get(browser, "/reply/open/referral.pdf")
    assert packet.data.startswith(b"%PDF-")
    assert (packet.content_type, packet.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert center.referral(referral_id).state == "viewed"
    with center.catalogue.recording() as session:
        read = select(AuditEntry.actor).where(AuditEntry.action == "document read")
        assert set(session.scalars(read)) == {"clinic:1"}


@pytest.mark.parametrize("path", ["/reply/open", "/reply/open/referral.pdf", "/reply/thanks"])
def test_without_the_code_nothing_opens(center: Center, browser: FlaskClient, clinics: list[int], path: str) -> None:
    center.queued(clinics[:1])
    assert _get(browser, path).status_code == 403


def test_after_half_an_hour_the_code_is_asked_again(center: Center, browser: FlaskClient, clinics: list[int]) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    for _look in range(3):
        center.turn(minutes=10)
        looked = _get(browser, "/reply/open").status_code
    assert looked == 403


def test_the_page_stays_open_for_all_of_the_half_hour_it_promises(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    page = _get(browser, "/reply/open")
    center.turn(minutes=29)
    sent = _send_from(browser, page, "/reply/open/ask", question="May they bring a marmot?")
    assert sent.location == "/reply/open"


def test_what_was_written_when_the_half_hour_ended_is_handed_back(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    page = _get(browser, "/reply/open")
    for minutes in (31, 60 * 3):
        center.turn(minutes=minutes)
        over = _send_from(browser, page, "/reply/open/decline", reason="other", note="Only <marmots> here")
        assert over.status_code == 403
        assert "Only &lt;marmots&gt; here" in over.text
    assert center.referral(referral_id).state == "viewed"


def test_whoever_waits_long_for_the_call_with_the_code_is_asked_for_it_once_more(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    address = f"/reply/{_token(center)}"
    page = _get(browser, address)
    center.turn(minutes=50)
    assert _send_from(browser, page, address, code=code).location == "/reply/open"
    page = _get(browser, address)
    center.turn(hours=4)
    late = _send_from(browser, page, address, code=code)
    assert late.status_code == 400
    assert "write the code once more" in late.text
    assert _send_from(browser, late, address, code=code).location == "/reply/open"


def test_a_form_without_its_token_is_refused(center: Center, browser: FlaskClient, clinics: list[int]) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    refused = browser.post("/reply/open/decline", base_url=HOST, data={"reason": "coverage"})
    assert refused.status_code == 400
    assert center.referral(referral_id).state == "viewed"


def test_declining_says_thank_you_and_closes_the_page(center: Center, browser: FlaskClient, clinics: list[int]) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    assert _send(browser, "/reply/open", "/reply/open/decline").status_code == 422
    answered = _send(browser, "/reply/open", "/reply/open/decline", reason="no_capacity", note="Full until spring")
    assert answered.location == "/reply/thanks"
    assert "Thank you" in _get(browser, "/reply/thanks").text
    assert center.referral(referral_id).state == "declined"
    assert _get(browser, "/reply/open").status_code == 403
    assert _unlock(browser, _token(center), code).status_code == 403


def test_accepting_with_a_time_shows_on_the_board_at_once(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    unsaid = _send(browser, "/reply/open", "/reply/open/accept", note="Any day")
    assert unsaid.status_code == 422
    assert "Any day" in unsaid.text, "what was written stands"
    _send(browser, "/reply/open", "/reply/open/accept", callback="2026-11-24T09:30")
    assert center.referral(referral_id).state == "accepted"
    assert "you can see them" in _get(browser, "/reply/thanks").text


def test_the_centers_answer_to_a_question_is_read_on_the_page(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    referral_id, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    _send(browser, "/reply/open", "/reply/open/ask", question="May they bring a marmot?")
    with center.records() as records:
        answer_question(records, referral_id, records.session.get_one(Referral, referral_id).version, "A small one.")
    page = _get(browser, "/reply/open").text
    assert page.index("May they bring a marmot?") < page.index("A small one.")


def test_the_board_that_the_daily_e_mail_links_to_is_there(browser: FlaskClient) -> None:
    assert _get(browser, BOARD).location.startswith("/staff/sign-in")


def test_revoking_consent_closes_a_page_that_stands_open(
    center: Center, browser: FlaskClient, clinics: list[int]
) -> None:
    _referral, _choice, code = center.queued(clinics[:1])
    _unlock(browser, _token(center), code)
    with center.records() as records:
        revoke(records, records.session.scalars(select(Consent.id)).one(), "writing")
    assert _get(browser, "/reply/open/referral.pdf").status_code == 403


def _without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]*"|/reply/[^"]*|\?v=\w+', "", page)
