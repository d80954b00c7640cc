"""Search: one box for everything. It understands a text, answers the question, and suggests while somebody types."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from directory.catalogue.session import Catalogue
from directory.config import Settings
from directory.index.generation import Generation, IndexMissingError, current
from directory.index.pages import FoundPage, excerpt
from directory.index.view import view
from directory.index.words import folded
from directory.places.distance import geodesic_miles
from directory.places.gazetteer import Gazetteer
from directory.search.answer import Answer, PageHit, Result
from directory.search.cards import Card, read_cards
from directory.search.named import Named, clinics_by_state, whereabouts_of_named
from directory.search.phone import facilities_called
from directory.search.question import Intent, Question
from directory.search.ranking import PAGE_BOOSTS, miles_for_certainty
from directory.search.selection import Selection, select
from directory.search.suggest import Suggestion, suggest
from directory.search.understanding import Understanding
from directory.search.vocabulary import load_vocabulary

MOST_PAGES = {Intent.FIND: 3, Intent.LEARN: 8}
# Where more words are strange to the pages, the text is not about them.
MOST_STRANGE = 6
_WORD = re.compile(r"[^\W_]+")


class Search:
    """The directory's search over one catalogue. It holds no generation: each answer asks for the current one."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self.catalogue = catalogue
        self.settings = settings

    @property
    def generation(self) -> Generation:
        """The index that serves now. Raises IndexMissingError where none was built."""
        return current(self.settings.index_dir)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Places by name, read when first asked for."""
        return Gazetteer.load(self.settings.home, self.settings.center.state)

    @cached_property
    def understanding(self) -> Understanding:
        """What turns a text into a question."""
        return Understanding(self.gazetteer, load_vocabulary(), IndexWords(self), self.settings)

    def understand(self, text: str, **said: Any) -> Question:
        """The question a text asks; `said` is what was chosen beside it, as Understanding.question takes it."""
        return self.understanding.question(text, **said)

    def answer(self, question: Question, *, language: str = "en") -> Answer:
        """Answer a question: clinics in order with reasons, facets, and pages of a language (or else in English)."""
        with view(self.catalogue, self.settings.index_dir) as (session, generation):
            return self._answer(session, generation, question, language)

    def _answer(self, session: Session, generation: Generation, question: Question, language: str) -> Answer:
        called = facilities_called(session, question.phone) if question.phone else None
        selection = select(generation, question, self.settings.search, called=called)
        if _asks_after_all(question, selection):
            question = replace(question, intent=Intent.LEARN)
            selection = select(generation, question, self.settings.search, called=called)
        return Answer(
            question=question,
            radius_miles=selection.radius_miles,
            total=selection.total,
            widened=selection.widened,
            results=_results(session, generation, question, selection),
            pages=find_education(generation, question, language),
            facets=selection.facets,
            did_you_mean=_respelt(question, selection),
            within=selection.within,
        )

    def suggest(self, text: str, limit: int = 8, *, language: str = "en") -> list[Suggestion]:
        """What the text may become: places, treatments, clinics and pages."""
        return suggest(self.generation, self.gazetteer, text, limit=limit, language=language)


class IndexWords:
    """The index's words for the understanding, always those of the current generation; none before the first build."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def name_frequency(self, words: Sequence[str]) -> int:
        """How many clinics' names have the words, one after the other."""
        try:
            return self._search.generation.lexicon.name_frequency(words)
        except IndexMissingError:
            return 0

    def known(self, word: str) -> bool:
        """Whether a clinic has the word in its name, program or town."""
        try:
            return self._search.generation.lexicon.known(word)
        except IndexMissingError:
            return False

    def clinics_by_state(self, town: str) -> Mapping[str, int]:
        """How many clinics a town of this looked-up name has, by the letters of the states that have one."""
        try:
            return clinics_by_state(self._search.generation, town)
        except IndexMissingError:
            return {}

    def named(self, text: str) -> Named | None:
        """Where the clinics are that a text names, None where it names none."""
        try:
            return whereabouts_of_named(self._search.generation, text)
        except IndexMissingError:
            return None


def find_education(generation: Generation, question: Question, language: str) -> tuple[PageHit, ...]:
    """Education pages for a question: first those it surely asks for, then by its words, place and radius left out."""
    asked = question.page_words or _without_place(question)
    spoken = _language_of_pages(generation, asked, language)
    pages = generation.page_titles.get(spoken, {})
    stems = generation.stems(_respelt_for_pages(generation, asked, spoken), spoken)
    found = {page.slug: page for page in generation.find_pages(stems, spoken, PAGE_BOOSTS)}
    hinted = [found.get(slug) or pages[slug] for slug in question.page_hints if slug in pages]
    ordered = dict.fromkeys([page.slug for page in hinted] + list(found))
    by_slug = {page.slug: page for page in hinted} | found
    most = max(MOST_PAGES[question.intent], len(hinted))
    shown = [by_slug[slug] for slug in list(ordered)[:most]]
    return generation.kept(
        ("page hits", spoken, stems, tuple(page.slug for page in shown)), lambda: _hits(shown, stems, pages.values())
    )


def _language_of_pages(generation: Generation, asked: str, language: str) -> str:
    """The language a text is asked in, where its words tell; else that of the page it is asked on.

    Whoever chose Spanish is answered in Spanish; an English page also answers in Spanish whoever asks in Spanish.
    """
    if language != "en":
        return language if language in generation.page_titles else "en"
    known = generation.lexicon.pages
    words = {folded(word) for word in _WORD.findall(asked)}
    heard = {spoken: len(words & known[spoken].keys()) for spoken in generation.page_titles if spoken in known}
    return max(heard, key=lambda spoken: (heard[spoken], spoken == "en"), default="en")


def _hits(shown: Sequence[FoundPage], stems: Sequence[str], pages: Collection[FoundPage]) -> tuple[PageHit, ...]:
    return tuple(
        PageHit(page.slug, page.title, page.summary, excerpt(page, stems, pages), page.language) for page in shown
    )


def _without_place(question: Question) -> str:
    """The text but for what was understood as a place or a radius: no page is about Cleveland."""
    text = question.text
    spans = [(chip.start, chip.end) for chip in question.understood if chip.kind in ("place", "radius")]
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _respelt_for_pages(generation: Generation, text: str, language: str) -> str:
    """The text with words that no page has replaced by near ones that a page has."""
    known = generation.lexicon.pages.get(language, {})
    words = [folded(word) for word in _WORD.findall(text)]
    strange = list(dict.fromkeys(word for word in words if word not in known))[:MOST_STRANGE]
    meant = {word: generation.lexicon.page_guess(word, language) or word for word in strange}
    return " ".join(meant.get(word, word) for word in words)


def _asks_after_all(question: Question, selection: Selection) -> bool:
    """Whether words beside a service, which no clinic anywhere has, are about the service: "ketamine with lamictal"."""
    return question.intent is Intent.FIND and not selection.total and bool(question.words and question.filters)


def _respelt(question: Question, selection: Selection) -> str:
    """The text with the words that were taken for others replaced, "" where none was."""
    if not selection.corrected or not selection.total:
        return ""
    text = question.text or question.words
    return _WORD.sub(lambda word: selection.corrected.get(folded(word.group()), word.group()), text)


def _results(session: Session, generation: Generation, question: Question, selection: Selection) -> tuple[Result, ...]:
    ids = generation.columns.ids[selection.rows].tolist()
    cards = read_cards(session, ids)
    first = (question.page - 1) * question.per_page
    return tuple(
        _result(cards[facility_id], question, selection, place, named=first + place < selection.named)
        for place, facility_id in enumerate(ids)
        if facility_id in cards
    )


def _result(card: Card, question: Question, selection: Selection, rank: int, *, named: bool) -> Result:
    """The result at a rank of the selection's page, with why it is there."""
    place, miles, beyond = question.place, None, selection.beyond[rank]
    reasons = {"named": ""} if named else {}
    if question.phone and not named:
        reasons["phone"] = question.phone
    if place is not None and card.latitude is not None and card.longitude is not None:
        miles = geodesic_miles(place.latitude, place.longitude, card.latitude, card.longitude)
    if miles is not None:
        reasons["distance"] = f"{miles:.1f}"
        if not named and (nearer := _miles_nearer(miles, selection.sure[rank])):
            reasons["verified"] = nearer
    if selection.scores[rank] and question.words:
        reasons["words"] = " ".join(selection.corrected.values()) or question.words
    if beyond:
        reasons["beyond_radius"] = "" if selection.radius_miles is None else f"{selection.radius_miles:g}"
    if selection.asked_instead:
        reasons["ask_spravato"] = "KIT"
    values = {name: getattr(card, name) for name in Card.__dataclass_fields__}
    return Result(**values, miles=miles, beyond_radius=beyond, reasons=reasons)


def _miles_nearer(miles: float, sure: float) -> str:
    """By how many miles the order counts a clinic nearer because somebody asked it: "2.5"; "" where it does not."""
    nearer = f"{float(miles_for_certainty(miles, sure)):.1f}" if sure else "0.0"
    return "" if nearer == "0.0" else nearer
