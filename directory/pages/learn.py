"""Learn: the education pages, the words they explain, and the guide for talking them over."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, render_template

from directory.education.glossary import glossary
from directory.education.page import PARTS
from directory.pages.language import language
from directory.pages.site import site
from directory.referrals.talk_through import also_tell, points

bp = Blueprint("learn", __name__)


@bp.get("/learn")
def index() -> str:
    """All education pages, part by part."""
    pages = sorted(site().education.values(), key=lambda page: PARTS.index(page.part))
    parts = {part: list(within) for part, within in groupby(pages, key=lambda page: page.part)}
    return render_template("learn/index.html", parts=parts)


@bp.get("/learn/<slug>")
def show(slug: str) -> str:
    """One education page."""
    page = site().education.get(slug) or abort(404)
    onward = [site().education[next_slug] for next_slug in page.next if next_slug in site().education]
    return render_template("learn/show.html", page=page, onward=onward)


@bp.get("/learn/words")
def words() -> str:
    """All words the pages explain."""
    return render_template("learn/words.html", words=glossary(language()).words)


@bp.get("/learn/talk-it-over")
def talk_it_over() -> str:
    """The points that may rule ketamine out, as questions for a clinician. What is marked stays on the screen."""
    spoken = [(point, point.wording(language())) for point in points().values()]
    return render_template("learn/talk_it_over.html", spoken=spoken, also=also_tell(language()))
