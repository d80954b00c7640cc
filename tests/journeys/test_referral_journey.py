"""Referrals from the first call to the outcome, in real browsers with a real mail server; no step is mocked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from center_at_work import CLINICS, CRISIS, NAME, Center, Visitor, link_in
from following import enter, follow
from playwright.sync_api import Locator
from sqlalchemy import select
from staff_sign_in import add_person

from directory.accounts.roles import Role
from directory.catalogue.models import VerificationTask
from directory.referrals.models import Disclosure, OutboxMessage
from directory.referrals.outbox import Outbox

pytestmark = pytest.mark.browser

FIRST, SECOND, THIRD = CLINICS[:3]
TALKED = "It is high when the goose hisses"
Visitors = Callable[..., Visitor]


def test_a_referral_goes_from_the_first_call_to_the_outcome(center: Center, desk: Visitor, visitor: Visitors) -> None:
    referral = desk.begin(FIRST, SECOND, THIRD)
    assert [desk.page.locator(".rank h3").nth(place).inner_text() for place in range(3)] == [FIRST, SECOND, THIRD]
    talked_through(desk)
    desk.go(referral)
    desk.consent()
    assert "Ready to send" in desk.heading()
    reads_the_packet(desk)
    desk.go(referral)
    declined_by_the_first(center, desk, visitor(), referral)
    accepted_by_the_second(center, desk, visitor(), referral)
    seen_to_the_end(center, desk)
    both_are_accounted_for(desk)
    supervisor = visitor()
    supervisor.sign_in(add_person(center.settings, Role.SUPERVISOR))
    both_are_reported(supervisor)
    with center.site.catalogue.reading() as session:
        tasks = session.scalars(select(VerificationTask)).all()
        assert [(task.facility_id, task.told_by, task.closed_at) for task in tasks] == [(1, "clinic", None)]


def reads_the_packet(desk: Visitor) -> None:
    desk.press("Send")
    letter = desk.pdf("Look at the packet (PDF)")
    assert all(said in letter for said in (NAME, FIRST, "Hopes to walk the quokka again"))
    assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in letter
    assert TALKED not in letter


def declined_by_the_first(center: Center, desk: Visitor, clinic: Visitor, referral: str) -> None:
    code = desk.send_link("intake@quokka.invalid")
    link = read_mail(center, 1)
    for wrong in ("0000 0000", "not a code"):
        clinic.unlock(link, wrong)
        assert "That did not open anything" in clinic.text()
    clinic.unlock(link, code)
    assert "A referral for you" in clinic.heading()
    assert NAME in clinic.pdf("Open the referral (PDF)")
    clinic.page.get_by_text("We cannot see them").click()
    clinic.page.get_by_label("No longer offers ketamine").check()
    clinic.press("Decline the referral")
    assert "you cannot see them" in clinic.text()
    clinic.unlock(link, code)
    assert "That did not open anything" in clinic.text()
    desk.go(referral)
    assert f"{FIRST} declined" in desk.text()
    assert "Declined: No longer offers ketamine" in desk.page.locator(".rank.is-with").inner_text()
    assert len(center.mail.received) == 1


def accepted_by_the_second(center: Center, desk: Visitor, clinic: Visitor, referral: str) -> None:
    desk.press(f"Go on to {SECOND}")
    desk.press("Go on")
    assert f"consent for {SECOND}" in desk.text()
    desk.consent()
    code = desk.send_link("desk@teapot.invalid")
    clinic.unlock(read_mail(center, 2), code)
    assert FIRST not in clinic.pdf("Open the referral (PDF)")
    clinic.page.get_by_text("We can see them").click()
    clinic.write(appointment=f"{in_three_days(center)}T09:30")
    clinic.page.get_by_label("Anything we should know").fill("Ring the copper bell")
    clinic.press("Accept the referral")
    assert "you can see them" in clinic.text()
    desk.go(referral)
    assert "Ring the copper bell" in desk.text()


def seen_to_the_end(center: Center, desk: Visitor) -> None:
    assert f"{SECOND} offers a visit" in desk.text()
    assert f"{in_three_days(center):%B} {in_three_days(center).day}, " in desk.page.locator(".next-step").inner_text()
    desk.press("Note the appointment")
    offered = [desk.page.locator(f'[name="{name}"]').input_value() for name in ("appointment", "hour")]
    assert offered == [str(in_three_days(center)), "09:30"], "nobody types again what the clinic wrote"
    desk.press("Note it")
    assert "Booked" in desk.heading()
    desk.press("The client came")
    desk.press("Note it")
    desk.press("Close it")
    desk.page.get_by_label("Attended", exact=True).check()
    desk.press("Close it")
    assert "Closed" in desk.heading()


def both_are_accounted_for(desk: Visitor) -> None:
    follow(desk.page.locator('a[href^="/staff/clients/"]').first)
    desk.press("Accounting of disclosures")
    told = [row.inner_text() for row in desk.page.locator("tbody tr").all()]
    assert [clinic for row, clinic in zip(told, (FIRST, SECOND), strict=True) if clinic in row] == [FIRST, SECOND]
    handed_over = desk.pdf("As PDF, to hand over")
    assert FIRST in handed_over
    assert SECOND in handed_over
    assert THIRD not in handed_over


def both_are_reported(supervisor: Visitor) -> None:
    supervisor.go("/staff/reports")
    by_clinic = supervisor.page.locator("table", has=supervisor.page.locator("#table-clinic"))
    shown = by_clinic.locator("tbody tr", has_text=SECOND).inner_text().split("\t")
    assert (shown[1], shown[3:6]) == ("1", ["1", "1", "1"])
    assert by_clinic.locator("tfoot tr").inner_text().split("\t")[1] == "2"
    declined = supervisor.page.locator("[aria-labelledby=why-declined] tbody tr", has_text="ketamine")
    assert declined.inner_text().split("\t")[1] == "1"


def in_three_days(center: Center) -> dt.date:
    return center.clock().date() + dt.timedelta(days=3)


def test_a_shared_shortlist_is_taken_over_into_a_referral(center: Center, visitor: Visitors) -> None:
    family = visitor()
    family.go("/search?q=ketamine+46204")
    for name in (THIRD, FIRST):
        family.page.locator(".card-clinic", has_text=name).get_by_label("On my shortlist").check()
    family.go("/shortlist")
    family.page.wait_for_url("**/shortlist?clinic=*")
    shared = family.page.locator("#link").input_value()
    assert family.context.cookies() == []
    desk = visitor()
    desk.go(shared.replace(urlsplit(shared).netloc, urlsplit(center.address).netloc))
    desk.press("Center staff: refer someone to these clinics")
    desk.sign_in(center.intake)
    assert [one.inner_text() for one in desk.page.locator(".wanted strong").all()] == [THIRD, FIRST]
    desk.write(text=NAME)
    desk.press("Find")
    desk.press("New client")
    desk.write(name=NAME, zip="46204")
    desk.press("Save and go on")
    desk.press("Go on to clinics")
    assert [one.inner_text() for one in desk.page.locator("#chosen h3").all()] == [THIRD, FIRST]
    desk.press("Go on to the referral")
    assert f"consent for {THIRD}" in desk.text()


def test_nothing_leaves_once_consent_is_taken_back(center: Center, desk: Visitor) -> None:
    referral = desk.begin(FIRST)
    desk.consent()
    desk.press("Send")
    still_open = desk.context.new_page()
    still_open.goto(f"{center.address}{referral}/send")
    take_back(desk, referral)
    assert "Consent taken back" in desk.text()
    still_open.locator('[name="how"][value="link"]').check()
    still_open.locator('[name="email"]').fill("intake@quokka.invalid")
    follow(still_open.get_by_role("button", name="Send it now"))
    assert "Nothing may leave without a signed consent" in still_open.locator("body").inner_text()
    with center.site.catalogue.reading() as session:
        assert session.scalars(select(OutboxMessage)).all() == []
        assert session.scalars(select(Disclosure)).all() == []
    assert center.mail.received == []


def test_a_message_that_waits_stays_here_once_consent_is_taken_back(
    center: Center, desk: Visitor, visitor: Visitors
) -> None:
    center.mail.refused_recipients["intake@quokka.invalid"] = "450 come back later"
    referral = desk.begin(FIRST)
    desk.consent()
    code = desk.send_link("intake@quokka.invalid")
    assert "it is tried again by itself" in desk.text()
    link = waiting_link(center)
    take_back(desk, referral)
    center.mail.refused_recipients.clear()
    later = Outbox(
        center.site.catalogue,
        center.site.keyring,
        center.settings,
        clock=lambda: center.clock() + dt.timedelta(hours=1),
    )
    later.send_due()
    assert center.mail.received == []
    clinic = visitor()
    clinic.unlock(link, code)
    assert "That did not open anything" in clinic.text()
    assert clinic.go("/reply/open") == 403
    assert clinic.go("/reply/open/referral.pdf") == 403
    desk.go(referral)
    assert "Consent taken back" in desk.text()


def test_a_link_that_arrived_is_dead_once_consent_is_taken_back(
    center: Center, desk: Visitor, visitor: Visitors
) -> None:
    referral = desk.begin(FIRST)
    desk.consent()
    code = desk.send_link("intake@quokka.invalid")
    clinic = visitor()
    clinic.unlock(read_mail(center, 1), code)
    assert "A referral for you" in clinic.heading()
    take_back(desk, referral)
    assert clinic.go("/reply/open/referral.pdf") == 403
    clinic.unlock(link_in(center.mail.received[0]), code)
    assert "That did not open anything" in clinic.text()


def test_a_half_written_form_outlives_the_session_it_was_written_in(center: Center, desk: Visitor) -> None:
    desk.go("/staff/refer/new?clinic=2")
    desk.write(name=NAME, contact_wish="mornings, by owl", zip="46204")
    center.clock.ahead += dt.timedelta(minutes=16)
    desk.press("Save and go on")
    assert "/staff/sign-in" in desk.page.url
    assert NAME not in desk.page.content()
    desk.sign_in(center.intake)
    assert "Your session had ended" in desk.text()
    assert desk.page.locator('[name="name"]').input_value() == NAME
    assert desk.page.locator('[name="contact_wish"]').input_value() == "mornings, by owl"
    desk.press("Save and go on")
    assert "What do they need?" in desk.heading()
    assert SECOND in desk.page.locator(".lead").last.inner_text()
    desk.go("/staff/refer/new")
    assert desk.page.locator('[name="name"]').input_value() == ""


def test_the_way_of_a_referral_needs_no_script(center: Center, visitor: Visitors) -> None:
    desk = visitor(java_script_enabled=False)
    desk.sign_in(center.intake)
    desk.begin(FIRST, SECOND)
    desk.consent()
    code = desk.send_link("intake@quokka.invalid")
    clinic = visitor(java_script_enabled=False)
    clinic.unlock(read_mail(center, 1), code)
    assert NAME in clinic.pdf("Open the referral (PDF)")
    clinic.page.get_by_text("We can see them").click()
    clinic.write(callback=f"{center.clock().date() + dt.timedelta(days=1)}T14:00")
    clinic.press("Accept the referral")
    assert "you can see them" in clinic.text()
    desk.press("Back to the referral")
    assert "Accepted" in desk.heading()


def test_a_referral_is_begun_signed_and_sent_by_keyboard_alone(center: Center, visitor: Visitors) -> None:
    desk = visitor()
    desk.go("/staff/sign-in")
    typed(desk, email=center.intake.email, password=center.intake.password)
    entered(desk, "button", "Go on")
    typed(desk, code=center.intake.fresh_code())
    entered(desk, "button", "Sign in")
    entered(desk, "link", "Refer someone")
    typed(desk, text=NAME)
    enter(desk.page.locator(":focus"))
    entered(desk, "link", "New client")
    typed(desk, name=NAME, zip="46204")
    entered(desk, "button", "Save and go on")
    reach(desk, desk.page.locator('[name="urgency"]:checked'))
    desk.page.keyboard.press("ArrowUp")
    assert desk.page.get_by_label("Soon: within two weeks").is_checked()
    entered(desk, "button", "Go on to clinics")
    entered(desk, "button", f"Add {FIRST}")
    entered(desk, "link", "Go on to the referral")
    entered(desk, "link", "Go to the consent")
    entered(desk, "link", "Sign on this screen")
    typed(desk, signature=NAME)
    reach(desk, desk.page.locator('[name="agreed"]'))
    desk.page.keyboard.press("Space")
    entered(desk, "button", "Sign")
    entered(desk, "link", "Send")
    reach(desk, desk.page.locator('[name="how"]').first)
    desk.page.keyboard.press("Space")
    typed(desk, email="intake@quokka.invalid")
    entered(desk, "button", "Send it now")
    code = desk.page.locator(".code-big").inner_text()

    clinic = visitor()
    clinic.go(read_mail(center, 1))
    typed(clinic, code=code)
    enter(clinic.page.locator(":focus"))
    reach(clinic, clinic.page.locator("summary", has_text="We cannot see them"))
    clinic.page.keyboard.press("Enter")
    reach(clinic, clinic.page.locator('[name="reason"]').first)
    clinic.page.keyboard.press("Space")
    entered(clinic, "button", "Decline the referral")
    clinic.page.get_by_text("you cannot see them").wait_for()


def talked_through(desk: Visitor) -> None:
    desk.press("Talk it through")
    desk.write(**{"said-blood_pressure": TALKED})
    desk.press("Save")
    assert TALKED in desk.text()


def take_back(desk: Visitor, referral: str) -> None:
    desk.go(referral)
    follow(desk.page.locator(".rank.is-with").get_by_role("link", name="Open it"))
    desk.press("The client takes it back")
    desk.page.get_by_label("By phone").check()
    desk.press("Take it back now")
    desk.page.get_by_text("Whatever had not left is stopped").wait_for()


def read_mail(center: Center, count: int) -> str:
    """The link of the newest of so many e-mails, which says nothing of anybody and names the crisis line nowhere."""
    assert len(center.mail.received) == count
    message = center.mail.received[-1]
    assert NAME not in message.as_string()
    assert "46204" not in message.as_string()
    assert CRISIS not in message["Subject"]
    return link_in(message)


def waiting_link(center: Center) -> str:
    """The link in the one e-mail that was not sent yet."""
    with center.site.catalogue.reading() as session:
        message = session.scalars(select(OutboxMessage)).one()
        text = center.site.keyring.open(f"message:{message.uid}", message.sealed)["text"]
    return next(line for line in text.splitlines() if "/reply/" in line)


def reach(visitor: Visitor, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    wanted.wait_for()
    for _ in range(120):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {wanted}")


def typed(visitor: Visitor, **said: str) -> None:
    """Fields reached by Tab and written in."""
    for name, text in said.items():
        reach(visitor, visitor.page.locator(f'[name="{name}"]').first)
        visitor.page.keyboard.press("Control+a")
        visitor.page.keyboard.type(text)


def entered(visitor: Visitor, role: str, name: str) -> None:
    """A button or a link reached by Tab and pressed with Enter."""
    wanted = visitor.page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    reach(visitor, wanted)
    enter(wanted)
