"""The way of a referral through the pages, without a script: what staff see, and what never leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
from html import unescape
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from made_up_people import JANE
from staff_sign_in import Credentials, form_token, signed_in
from werkzeug.test import TestResponse

from directory.application import build
from directory.config import Settings
from directory.desk import wanted
from directory.desk.choosing import rearranged
from directory.referrals.states import State

NAME = "Ottoline Fizzlewick-Brandt"


def read(answer: TestResponse) -> str:
    return unescape(answer.get_data(as_text=True))


def send(desk: FlaskClient, path: str, seen: str = "", **said: object) -> TestResponse:
    """Send a form as a browser would: with the token and the version of the page it stands on."""
    page = read(desk.get(seen or path))
    version = re.search(r'name="version" value="(\d+)"', page)
    hidden = {"csrf_token": form_token(page)} | ({"version": version[1]} if version else {})
    return desk.post(path, data=hidden | said, content_type="multipart/form-data")


def written(desk: FlaskClient, path: str) -> dict[str, str]:
    """What the fields of a page hold."""
    page = read(desk.get(path))
    texts = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    lines = re.findall(r'<input class="form-control[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return dict(texts + lines)


@pytest.fixture
def client_id(desk: FlaskClient) -> str:
    answer = send(desk, "/staff/refer/new", name=NAME, coverage="MD", language="EN", zip="46204")
    assert answer.status_code == 303
    return answer.location.rsplit("/", 1)[-1]


@pytest.fixture
def begun(desk: FlaskClient, client_id: str, clinics: list[int]) -> str:
    """The path of a referral to two clinics."""
    said = {"need": "KIT", "urgency": "soon", "coverage": "MD", "language": "EN", "clinic": str(clinics[0])}
    answer = send(desk, f"/staff/refer/{client_id}", **said, despite="y")
    assert answer.status_code == 303
    choosing = answer.location
    assert send(desk, choosing, do=f"add {clinics[1]}").status_code == 303
    return choosing.removesuffix("/clinics")


def consent_path(desk: FlaskClient, referral: str) -> str:
    return re.findall(rf'href="({referral}/consent/\d+)"', read(desk.get(referral)))[0]


def sign(desk: FlaskClient, referral: str) -> str:
    path = consent_path(desk, referral)
    said = written(desk, f"{path}/sign") | {"signer": "client", "signature": NAME, "agreed": "y", "language": "en"}
    assert send(desk, f"{path}/sign", **said).status_code == 303
    return path


def test_a_name_that_is_looked_for_stands_in_no_address(desk: FlaskClient, client_id: str) -> None:
    answer = send(desk, "/staff/clients", text=NAME)
    assert (answer.status_code, answer.location) == (303, "/staff/clients?found=1")
    found = read(desk.get(answer.location))
    assert f'href="/staff/clients/{client_id}"' in found
    assert NAME not in re.findall("<title>.*?</title>", read(desk.get(f"/staff/clients/{client_id}")), re.DOTALL)[0]


def test_whoever_is_not_found_can_be_made_new(desk: FlaskClient) -> None:
    page = read(desk.get(send(desk, "/staff/refer", text="Nobody Whatsoever").location))
    assert "Nobody found" in page
    assert 'href="/staff/refer/new"' in page


def test_a_form_that_is_refused_comes_back_with_every_word_and_says_what_to_mend(desk: FlaskClient) -> None:
    answer = send(desk, "/staff/clients/new", name=NAME, zip="462", contact_wish="mornings", coverage="MD")
    page = read(answer)
    assert answer.status_code == 422
    assert '<a href="#zip">ZIP code: Write five digits, such as 46204.</a>' in page
    assert 'value="mornings"' in page
    assert 'id="zip" name="zip" type="text" value="462"' in page


def test_a_second_referral_for_the_same_need_is_shown_the_first(desk: FlaskClient, begun: str) -> None:
    record = re.findall(r'href="/staff/clients/(\d+)"', read(desk.get(begun)))[0]
    said = {"need": "KIT", "urgency": "routine", "coverage": "MD", "language": "EN"}
    refused = send(desk, f"/staff/refer/{record}", **said)
    assert refused.status_code == 409
    assert f'href="{begun}"' in read(refused)
    assert send(desk, f"/staff/refer/{record}", **said, despite="y").status_code == 303


def test_clinics_are_put_in_order_and_say_why_they_fit(desk: FlaskClient, begun: str, clinics: list[int]) -> None:
    page = read(desk.get(f"{begun}/clinics"))
    assert "Takes Medicaid" in page
    assert send(desk, f"{begun}/clinics", do=f"up {clinics[1]}").status_code == 303
    chosen = read(desk.get(f"{begun}/clinics")).partition('id="fitting"')[0]
    assert chosen.index("Teapot") < chosen.index("Quokka")


def test_a_shared_list_begins_a_referral_with_its_first_five_that_are_still_there(
    desk: FlaskClient, client_id: str, clinics: list[int]
) -> None:
    shared = [clinics[2], 999_999, clinics[0], clinics[3], clinics[1]]
    page = read(desk.get(f"/staff/refer?{urlencode([('clinic', one) for one in shared])}"))
    assert "1 clinic of the list is no longer in the directory" in page
    listed = [one for one in shared if one != 999_999]
    held = "&".join(f"clinic={one}" for one in listed)
    assert f'href="/staff/refer/new?{held}"' in page
    kept = " ".join(map(str, listed))
    path = f"/staff/refer/{client_id}"
    assert f'name="clinic" value="{kept}"' in read(desk.get(f"{path}?{held}"))
    said = {"need": "KIT", "urgency": "soon", "coverage": "MD", "language": "EN", "clinic": kept}
    begun = send(desk, path, **said, despite="y")
    assert re.findall(r'value="drop (\d+)"', read(desk.get(begun.location))) == list(map(str, listed))


def test_a_list_longer_than_a_referral_says_how_many_it_leaves_out(
    app: Flask, clinics: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted, "MOST_CLINICS", 3)
    with app.test_request_context(f"/staff/refer?{urlencode([('clinic', one) for one in clinics])}"):
        found = wanted.wanted_clinics()
    assert (found.ids, found.too_many, found.gone) == (clinics[:3], 1, 0)


def test_what_a_consent_lacks_is_named_beside_its_field(desk: FlaskClient, begun: str) -> None:
    path = consent_path(desk, begun)
    said = written(desk, f"{path}/sign") | {"signer": "client", "purpose": "", "agreed": "y", "language": "en"}
    answer = send(desk, f"{path}/sign", **said)
    assert answer.status_code == 422
    assert re.findall(r'<a href="#(\w+)">', read(answer)) == ["purpose", "signature"]


def test_a_spoken_word_is_noted_and_sends_nothing(desk: FlaskClient, begun: str) -> None:
    path = consent_path(desk, begun)
    assert send(desk, f"{path}/spoken").status_code == 303
    assert "Only spoken: not enough to send" in read(desk.get(path))
    assert "Nothing may leave without a signed consent" in read(desk.get(f"{begun}/send"))


def test_a_signed_referral_is_sent_on_paper_and_its_packet_opens(desk: FlaskClient, begun: str) -> None:
    path = sign(desk, begun)
    number = path.rsplit("/", 1)[-1]
    assert desk.get(f"{begun}/packet/{number}").data.startswith(b"%PDF-")
    sent = send(desk, f"{begun}/send", how="print")
    assert sent.status_code == 303
    document = re.findall(r'href="(/staff/documents/\d+)"', read(desk.get(sent.location)))[0]
    opened = desk.get(document)
    assert opened.data.startswith(b"%PDF-")
    assert opened.headers["Cache-Control"] == "no-store"
    assert "They accepted: note it" in read(desk.get(begun))


def test_the_code_of_a_link_is_shown_once_with_what_to_say(
    settings: Settings, intake: Credentials, desk: FlaskClient, begun: str
) -> None:
    nobody_listens = dataclasses.replace(settings.mail, host="127.0.0.1", port=9, security="none", sender="a@b.invalid")
    mailing = signed_in(build(dataclasses.replace(settings, mail=nobody_listens)).test_client(), intake)
    sign(desk, begun)
    assert send(mailing, f"{begun}/send", how="link", email="no address").status_code == 422
    sent = send(mailing, f"{begun}/send", how="link", email="intake@clinic.invalid").location
    first, again = read(mailing.get(sent)), read(mailing.get(sent))
    assert re.search(r'code-big">\d{4} \d{4}<', first)
    assert "May I give it to you?".lower() in first.lower()
    assert "code-big" not in again


def test_a_consent_on_paper_counts_with_its_scan(desk: FlaskClient, begun: str) -> None:
    path = consent_path(desk, begun)
    form = desk.post(f"{path}/form", data={"csrf_token": form_token(read(desk.get(path)))})
    blank = desk.get(form.location).data
    said = written(desk, f"{path}/paper") | {"signer": "client", "signature": NAME, "language": "en"}
    said |= {"signed_on": "2026-11-01"}
    assert send(desk, f"{path}/paper", **said, scan=(io.BytesIO(b"no scan"), "a.pdf")).status_code == 422
    assert send(desk, f"{path}/paper", **said, scan=(io.BytesIO(blank), "a.pdf")).status_code == 303
    assert "Consent signed" in read(desk.get(path))


def test_a_consent_taken_back_stops_what_was_ready(desk: FlaskClient, begun: str) -> None:
    path = sign(desk, begun)
    revoke = re.findall(rf'href="({path}/\d+/revoke)"', read(desk.get(path)))[0]
    assert send(desk, revoke).status_code == 422
    assert send(desk, revoke, how="phone").status_code == 303
    assert "Consent taken back" in read(desk.get(begun))
    assert "Nothing may leave without a signed consent" in read(desk.get(f"{begun}/send"))


def test_the_second_of_two_people_is_told_what_changed_and_loses_nothing(desk: FlaskClient, begun: str) -> None:
    stale = read(desk.get(f"{begun}/step/note"))
    assert send(desk, f"{begun}/step/note", note="Called, line busy").status_code == 303
    version = re.findall(r'name="version" value="(\d+)"', stale)[0]
    said = {"csrf_token": form_token(stale), "version": version, "note": "Will call on Friday"}
    answer = desk.post(f"{begun}/step/note", data=said)
    page = read(answer)
    assert answer.status_code == 409
    assert "Someone changed this referral while you wrote" in page
    assert "Ada Nobody: note" in page
    assert "Will call on Friday</textarea>" in page
    newest = re.findall(r'name="version" value="(\d+)"', page)[0]
    assert desk.post(f"{begun}/step/note", data=said | {"version": newest}).status_code == 303


def test_a_step_that_cannot_come_now_is_refused_with_a_sentence(desk: FlaskClient, begun: str) -> None:
    answer = send(desk, f"{begun}/step/attend")
    assert answer.status_code == 422
    assert "“attended” cannot come now" in read(answer).lower()


def test_a_clinic_that_declined_is_followed_by_the_next_one_after_staff_say_so(
    desk: FlaskClient, referrals: dict[State, int]
) -> None:
    path = f"/staff/referrals/{referrals[State.DECLINED]}"
    assert "Go on to Teapot Ketamine Clinic" in read(desk.get(path))
    assert send(desk, f"{path}/step/next_clinic").status_code == 303
    assert "Get the client’s consent for Teapot Ketamine Clinic" in read(desk.get(path))


def test_what_the_client_said_is_kept_in_their_words(desk: FlaskClient, begun: str) -> None:
    said = {"said-blood_pressure": "It is high when the goose hisses"}
    assert send(desk, f"{begun}/talk", **said).status_code == 303
    assert "It is high when the goose hisses" in read(desk.get(begun))


def test_the_board_counts_and_filters_by_where_referrals_stand(desk: FlaskClient, referrals: dict[State, int]) -> None:
    closed = read(desk.get("/staff?state=closed"))
    assert f'href="/staff/referrals/{referrals[State.CLOSED]}"' in closed
    assert f'href="/staff/referrals/{referrals[State.SENT]}"' not in closed
    assert f'href="/staff/referrals/{referrals[State.SENT]}"' in read(desk.get("/staff?state=waiting&mine=1"))
    assert JANE.name not in read(desk.get("/staff"))


def test_how_a_clinic_answers_shows_to_staff_and_never_to_families(
    desk: FlaskClient, referrals: dict[State, int], clinics: list[int]
) -> None:
    assert referrals
    staff_page = read(desk.get(f"/staff/clinic/{clinics[0]}"))
    assert "Accepted" in staff_page
    assert "We have not asked the clinic ourselves" in staff_page
    families = read(desk.get(f"/clinic/{clinics[0]}"))
    assert "Accepted" not in families
    assert f'href="/staff/refer?clinic={clinics[0]}"' in families


@pytest.mark.parametrize(
    "path", ["/staff/referrals/9999", "/staff/clients/9999", "/staff/documents/9999", "/staff/refer/9999"]
)
def test_what_is_not_there_answers_not_found(desk: FlaskClient, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_a_form_without_its_token_changes_nothing(desk: FlaskClient, begun: str) -> None:
    assert desk.post(f"{begun}/step/note", data={"version": "2", "note": "Forged"}).status_code in (400, 403)
    assert "Forged" not in read(desk.get(begun))


def test_a_half_written_note_comes_back_after_signing_in_again(
    app: Flask, intake: Credentials, desk: FlaskClient, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, later = f"{begun}/step/note", dt.datetime.now(dt.UTC) + dt.timedelta(minutes=20)
    page = read(desk.get(path))
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    monkeypatch.setattr(app.extensions["directory"], "clock", lambda: later)
    ended = desk.post(path, data={"csrf_token": form_token(page), "version": version, "note": "The goose called back"})
    assert "/staff/sign-in" in ended.location
    again = read(signed_in(desk, intake, at=later).get(path))
    assert "The goose called back</textarea>" in again
    assert "not saved yet" in again


@given(
    st.lists(st.integers(1, 9), unique=True, max_size=5),
    st.sampled_from(["up", "down", "drop", "add"]),
    st.integers(1, 9),
)
def test_rearranging_never_loses_or_doubles_a_clinic(chosen: list[int], verb: str, clinic: int) -> None:
    after = rearranged(chosen, f"{verb} {clinic}")
    assert len(set(after)) == len(after)
    assert set(after) - {clinic} == set(chosen) - {clinic}
    assert [other for other in after if other != clinic] == [other for other in chosen if other != clinic]
    assert (clinic in after) == (verb == "add" or (verb != "drop" and clinic in chosen))


@pytest.mark.parametrize("do", ["", "up", "add x", "drop -1", "add 99999999999", "sideways 1"])
def test_what_cannot_be_done_leaves_the_clinics_as_they_are(do: str) -> None:
    assert rearranged([3, 1, 2], do) == [3, 1, 2]
