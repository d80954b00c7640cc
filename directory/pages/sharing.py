"""Sharing: what a page says of itself to people in another language, to search engines and to those it is sent to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import request
from flask.globals import request_ctx

from directory.pages.address import rounded
from directory.pages.assets import asset_path
from directory.pages.language import ENGLISH, LANGUAGES, PREFIXES, address_in, language
from directory.pages.site import site


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """This page in another language: "es", "Español", "/es/learn"."""

    code: str
    name: str
    address: str


def other_languages() -> list[OtherLanguage]:
    """This page with the same query in the languages it is not in.

    None where no such address can be followed: the answer to a form may stand at an address that only takes forms.
    """
    adapter = request_ctx.url_adapter
    if request.method not in ("GET", "HEAD") and not (adapter and adapter.test(method="GET")):
        return []
    return [
        OtherLanguage(code, name, address_in(code, _this_path()))
        for code, name in LANGUAGES.items()
        if code != language()
    ]


def alternates() -> list[tuple[str, str]]:
    """This page in every language, as (language, whole address); "x-default" is where a stranger begins."""
    found = [(code, whole_address(code, _this_path())) for code in LANGUAGES]
    return [*found, ("x-default", found[0][1])]


def canonical() -> str:
    """The whole address of this page without what was asked of it, in its own language."""
    return whole_address(language(), quote(request.path))


def share_picture() -> str:
    """The whole address of the picture that stands beside a link to this site where people send one."""
    return whole_address(ENGLISH, asset_path(f"share-{language()}.png"))


def whole_address(language: str, path: str) -> str:
    """The whole address of a path of this site in a language: "https://directory.example.org/es/learn"."""
    return f"{site().settings.center.address.rstrip('/')}{PREFIXES[language]}{path}"


def _this_path() -> str:
    """The path and the query of this page, a point in it no finer than a mile."""
    said = [(name, rounded(value) if name == "near" else value) for name, value in request.args.items(multi=True)]
    return quote(request.path) + (f"?{urlencode(said)}" if said else "")
