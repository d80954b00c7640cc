"""Pictures of what a clinic sees behind its link, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from center_at_work import CLINICS, Center, Visitor, link_in
from pictures import take_pictures

from directory.pages.language import PREFIXES

pytestmark = pytest.mark.pictures


def test_the_pages_of_a_clinic_are_kept_as_they_look(
    center: Center, desk: Visitor, visitor: Callable[..., Visitor]
) -> None:
    desk.begin(*CLINICS[:1])
    desk.consent()
    code = desk.send_link("intake@quokka.invalid")
    link = link_in(center.mail.received[0])
    clinic = visitor()

    def look(name: str, path: str) -> None:
        for language, prefix in PREFIXES.items():
            clinic.go(prefix + path)
            take_pictures(clinic.page, f"reply-{name}-{language}")

    look("code", link.removeprefix(center.address))
    clinic.unlock(link, code)
    look("referral", "/reply/open")
    clinic.go("/reply/open")
    clinic.page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    clinic.page.locator("[name=reason]").first.check()
    clinic.press("Decline the referral")
    look("thanks", "/reply/thanks")
    look("over", "/reply/open")
