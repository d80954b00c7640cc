"""A center at work for journeys: its application served, its mail server, its clock, and what people do at a screen."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

from flask import Flask
from following import enter, follow
from mail_server import MailServer
from playwright.sync_api import Browser, BrowserContext, Page
from pypdf import PdfReader
from staff_sign_in import Credentials

from directory.catalogue.record import ListingRecord
from directory.config import Settings
from directory.pages.site import Site

CLINICS = ("Quokka Infusion Center", "Teapot Ketamine Clinic", "Left-Handed Wellness", "Zebra Finch House")
NAME = "Ottoline Fizzlewick-Brandt"
CRISIS = "988"


class Clock:
    """The real time, and so much more as `ahead` says."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta(0)

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class Center:
    """A served application with its mail server; `clock` is the one it looks at."""

    settings: Settings
    app: Flask
    address: str
    mail: MailServer
    intake: Credentials
    clock: Clock = field(default_factory=Clock)

    @property
    def site(self) -> Site:
        site: Site = self.app.extensions["directory"]
        return site


def made_up_listings() -> Iterator[ListingRecord]:
    """Four clinics with ketamine in Indianapolis."""
    for number, name in enumerate(CLINICS, 1):
        yield ListingRecord(
            line=number + 1,
            name1=name,
            street1=f"{number} Nonesuch Street",
            city="Indianapolis",
            state="IN",
            zip="46204",
            phone=f"317-555-010{number}",
            codes=("KIT", "MD", "SP", "OP") if number == 1 else ("KIT", "PI", "OP"),
        )


class Visitor:
    """Somebody in a browser of their own."""

    def __init__(self, browser: Browser, center: Center, **options: object) -> None:
        self.center = center
        self.context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.broken_policies: list[str] = []
        self.page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if "Policy" in text:
            self.broken_policies.append(text)

    def go(self, path: str) -> int:
        """Open a page of the center's site; its status."""
        response = self.page.goto(path if path.startswith("http") else self.center.address + path)
        assert response is not None
        return response.status

    def press(self, name: str) -> None:
        """Follow the button or the link of that name to the page it leads to."""
        button = self.page.get_by_role("button", name=name, exact=True)
        follow((button if button.count() else self.page.get_by_role("link", name=name, exact=True)).first)

    def write(self, **said: str) -> None:
        """Fill in fields by their names, as what stands in the labels is prose."""
        for name, text in said.items():
            self.page.locator(f'[name="{name}"]').fill(text)

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.locator("body").inner_text()

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def pdf(self, link: str) -> str:
        """The text of the PDF behind a link of the page, asked for as this visitor."""
        address = self.page.get_by_role("link", name=link).first.get_attribute("href")
        answer = self.page.request.get(f"{self.center.address}{address}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        return words_of_pdf(answer.body())

    def sign_in(self, who: Credentials) -> None:
        """With password and the code of the authenticator, at the center's time; wherever that leads."""
        if "/staff/sign-in" not in self.page.url:
            self.go("/staff/sign-in")
        self.write(email=who.email, password=who.password)
        self.press("Go on")
        self.write(code=who.fresh_code(self.center.clock()))
        self.press("Sign in")

    def begin(self, *clinics: str) -> str:
        """Begin a referral of somebody new from a search, to these clinics; the path of its page."""
        self.go("/staff/find")
        question = self.page.locator("[name='q']").first
        question.fill("ketamine in 46204")
        enter(question)
        follow(self.page.locator(".card-clinic", has_text=clinics[0]).get_by_role("link", name="Refer someone"))
        self.write(text=NAME)
        self.press("Find")
        self.press("New client")
        self.write(name=NAME, contact_wish="text only, never the barn", zip="46204", birth_year="1981")
        self.page.locator('[name="coverage"]').select_option("MD")
        self.press("Save and go on")
        self.page.get_by_label("Soon: within two weeks").check()
        self.write(note="Hopes to walk the quokka again")
        self.press("Go on to clinics")
        for clinic in clinics[1:]:
            self.press(f"Add {clinic}")
        self.press("Go on to the referral")
        return self.page.url.removeprefix(self.center.address)

    def consent(self) -> None:
        """Sign the consent for the clinic that is next, on this screen."""
        self.press("Go to the consent")
        self.press("Sign on this screen")
        self.page.get_by_label("The client", exact=True).check()
        self.write(signature=NAME)
        self.page.locator('[name="agreed"]').check()
        self.press("Sign")

    def send_link(self, email: str) -> str:
        """Send the packet by link; the code that is shown this once."""
        self.press("Send")
        self.page.locator('[name="how"][value="link"]').check()
        self.write(email=email)
        self.press("Send it now")
        return self.page.locator(".code-big").inner_text()

    def unlock(self, link: str, code: str) -> None:
        """Open a clinic's link with a code."""
        self.go(link)
        self.write(code=code)
        self.press("Open")

    def leave(self) -> None:
        """Close the browser; no page of it may have asked for what its own policy forbids."""
        self.context.close()
        assert self.broken_policies == []


def words_of_pdf(content: bytes) -> str:
    """All text of a PDF in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def link_in(message: EmailMessage) -> str:
    """The address in an e-mail."""
    found = re.search(r"http://\S+/reply/\S+", message.get_content())
    assert found, "there is no link in this e-mail"
    return found[0]
