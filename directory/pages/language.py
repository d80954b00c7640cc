"""Language: which one a page speaks is told by its address alone, Spanish below /es and English everywhere else.

The beginning of the address is taken off before a request is matched and stands in front of every address made for its
answer, as if the whole site were mounted there a second time. So every page speaks every language, and no cookie, no
header of the browser and no guess decides which.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import has_request_context, request
from werkzeug.utils import redirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENGLISH, SPANISH = "en", "es"
# What each language is called in that language, in the order of the switch.
LANGUAGES = {ENGLISH: "English", SPANISH: "Español"}
PREFIXES = {ENGLISH: "", SPANISH: "/es"}
# Numbers and dates as they are written in the United States: 1,234.5, not the 1.234,5 of Spain.
LOCALES = {ENGLISH: "en_US", SPANISH: "es_US"}
_SPOKEN, _ROOT = "directory.language", "directory.root"


class LanguageByAddress:
    """The WSGI application of a site in one language as one in all of them."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, root = environ.get("PATH_INFO", ""), environ.get("SCRIPT_NAME", "")
        language = next((each for each, prefix in PREFIXES.items() if prefix and _below(path, prefix)), ENGLISH)
        prefix = PREFIXES[language]
        if prefix and path == prefix:
            query = environ.get("QUERY_STRING", "")
            return redirect(f"{root}{prefix}/{'?' if query else ''}{query}", 308)(environ, start_response)
        environ[_SPOKEN], environ[_ROOT] = language, root
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = root + prefix, path.removeprefix(prefix)
        return self.app(environ, start_response)


def locale() -> str:
    """The locale of the page that is being written."""
    return LOCALES[language()]


def language() -> str:
    """The language of the page that is being written, "en" outside of a request."""
    return str(request.environ.get(_SPOKEN, ENGLISH)) if has_request_context() else ENGLISH


def address_in(language: str, path: str) -> str:
    """The address of a path of this site ("/learn", as routes have it) in a language."""
    return f"{request.environ.get(_ROOT, '')}{PREFIXES[language]}{path}"


def _below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")
