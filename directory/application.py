"""The web application: the catalogue, the search and the pages of one installation, put together."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from directory.catalogue.session import Catalogue
from directory.config import DATA, ROOT, TEMPLATES, Settings, load_settings
from directory.desk.entrance import open_desk
from directory.education.page import load_pages
from directory.pages import (
    about,
    assets,
    clinic,
    compare,
    design,
    home,
    learn,
    mistakes,
    offline,
    results,
    share,
    shortlist,
    sitemap,
    suggest,
)
from directory.pages.address import MOST_ON_SHORTLIST
from directory.pages.catalogues import SpokenBabel
from directory.pages.compression import compress_pages
from directory.pages.errors import show_kindly
from directory.pages.icons import icon
from directory.pages.language import LANGUAGES, LanguageByAddress, address_in, language, locale
from directory.pages.machine_facts import machine_facts
from directory.pages.record_number import RecordNumber
from directory.pages.security import protect
from directory.pages.sharing import alternates, canonical, other_languages, share_picture
from directory.pages.site import Site
from directory.pages.templates import SpokenTemplates
from directory.pages.theme import Theme
from directory.pages.wording import miles_words, number_words, phone_link, place_words, source_fact
from directory.search.search import Search

PUBLIC = (
    assets,
    home,
    results,
    suggest,
    share,
    clinic,
    shortlist,
    compare,
    learn,
    about,
    offline,
    sitemap,
    design,
    mistakes,
)
log = logging.getLogger(__name__)


class Application(SpokenTemplates):
    """Flask that writes down where a request failed, and nothing of what was asked."""

    def log_exception(self, exc_info: Any) -> None:
        """Log the kind of error and the lines it came through; its message may hold words someone typed."""
        kind, _error, trace = exc_info
        steps = " < ".join(f"{step.filename}:{step.lineno}" for step in reversed(traceback.extract_tb(trace)))
        log.error("%s in %s at %s", kind.__name__, request.endpoint or "no page", steps)


def build(settings: Settings | None = None) -> Flask:
    """The application of an installation, ready to serve; without settings those of DIRECTORY_HOME."""
    settings = settings or load_settings()
    catalogue = Catalogue(settings.database_url)
    return assemble(
        Site(
            settings=settings,
            catalogue=catalogue,
            open_search=lambda: Search(catalogue, settings),
            education_pages={spoken: load_pages(DATA / "education" / spoken, spoken) for spoken in LANGUAGES},
        )
    )


def assemble(site: Site) -> Flask:
    """The application over a site."""
    app = Application("directory", root_path=str(ROOT / "directory"), template_folder=TEMPLATES, static_folder=None)
    app.url_map.converters["int"] = RecordNumber
    app.extensions["directory"] = site
    if site.settings.staff.proxies:
        near = site.settings.staff.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=near, x_proto=near, x_host=near)  # type: ignore[method-assign]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.wsgi_app = LanguageByAddress(app.wsgi_app)  # type: ignore[method-assign]
    SpokenBabel(app, locale_selector=locale)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(
        address_in=address_in,
        alternates=alternates,
        accent=lambda: Theme.of(site.settings.center.accent_colour).light.accent,
        asset_url=assets.asset_url,
        canonical=canonical,
        center=site.settings.center,
        demonstration=lambda: site.demonstration,
        icon=icon,
        language=language,
        locale=locale,
        machine_facts=machine_facts,
        miles_words=miles_words,
        most_on_shortlist=MOST_ON_SHORTLIST,
        other_languages=other_languages,
        phone_link=phone_link,
        share_picture=share_picture,
        source_fact=source_fact,
        place_words=place_words,
    )
    app.context_processor(lambda: {"education": site.education})
    app.jinja_env.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    app.jinja_env.filters["numberformat"] = number_words
    for page in PUBLIC:
        app.register_blueprint(page.bp)
    show_kindly(app)
    compress_pages(app, {page.bp.name for page in PUBLIC})
    protect(app)
    open_desk(app, site, {page.bp.name for page in PUBLIC})
    return app
