"""What a clinic sees: every page behind a link is accessible, narrow and wide, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_faults import faults_at_every_width
from center_at_work import CLINICS, Center, Visitor, link_in

pytestmark = pytest.mark.browser


def looked_at(clinic: Visitor, name: str) -> list[tuple[int, str, object]]:
    folder = os.environ.get("DESK_SHOTS")
    return faults_at_every_width(clinic.page, str(Path(folder) / name) if folder else "")


def test_every_page_of_a_clinic_is_accessible(center: Center, desk: Visitor, visitor: Callable[..., Visitor]) -> None:
    desk.begin(*CLINICS[:1])
    desk.consent()
    code = desk.send_link("intake@quokka.invalid")
    link = link_in(center.mail.received[0])
    clinic = visitor(bypass_csp=True)
    clinic.go(link)
    assert looked_at(clinic, "clinic-code") == []
    clinic.unlock(link, "0000 0000")
    assert looked_at(clinic, "clinic-wrong-code") == []
    clinic.unlock(link, code)
    assert looked_at(clinic, "clinic-referral") == []
    clinic.press("Decline the referral")
    assert "Not sent yet" in clinic.text()
    assert looked_at(clinic, "clinic-refused") == []
    clinic.page.locator("[name=reason]").first.check()
    clinic.press("Decline the referral")
    assert "you cannot see them" in clinic.text()
    assert looked_at(clinic, "clinic-thanks") == []
    assert clinic.go("/reply/open") == 403
    assert looked_at(clinic, "clinic-over") == []
    assert clinic.go("/reply/open/nowhere") == 404
    assert looked_at(clinic, "clinic-nowhere") == []
