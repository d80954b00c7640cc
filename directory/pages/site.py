"""Site: what every page may ask, kept with the application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import current_app

from directory.catalogue.models import Source
from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.education.page import EducationPage
from directory.keyring import Keyring
from directory.pages.language import language
from directory.search.search import Search

DEMO_SOURCE = "demo"


def present() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Site:
    """The settings, the catalogue, the search over it and the education pages, by language, of one installation."""

    settings: Settings
    catalogue: Catalogue
    open_search: Callable[[], Search]
    education_pages: Mapping[str, Mapping[str, EducationPage]]
    clock: Callable[[], dt.datetime] = present
    _keyring: Keyring | None = field(default=None, init=False, repr=False)

    @cached_property
    def search(self) -> Search:
        """Opened with the first question, so that pages which ask nothing need no index."""
        return self.open_search()

    @property
    def education(self) -> Mapping[str, EducationPage]:
        """The education pages in the language of the page that is being written."""
        return self.education_pages.get(language(), {})

    @property
    def keyring(self) -> Keyring:
        """What seals the records of clients, which only staff pages need. Raises KeysError until keys were made.

        Read again whenever keys.txt was written, so that keys are rotated while pages are served.
        """
        self._keyring = self._keyring.current() if self._keyring else Keyring.load(self.settings.home)
        return self._keyring

    @cached_property
    def demonstration(self) -> bool:
        """True where made-up clinics are listed: every page says so."""
        if self.settings.demo:
            return True
        with self.catalogue.reading() as session:
            return session.get(Source, DEMO_SOURCE) is not None


def site() -> Site:
    """The site of the running application."""
    return cast(Site, current_app.extensions["directory"])
