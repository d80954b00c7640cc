"""Shape: an answer as the JSON object that the command line and the API give, and as text for a terminal."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from directory.catalogue.certainty import certainty_of
from directory.catalogue.heard import answered
from directory.catalogue.questions import asking
from directory.places.place import Place
from directory.search.answer import Answer, ClinicSaid, PageHit, Result
from directory.search.question import Question


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """An answer as one JSON object; docs/search.md names every key."""
    return {
        "question": _question(answer.question, answer.radius_miles),
        "total": answer.total,
        "widened": answer.widened,
        "results": [_result(result) for result in answer.results],
        "pages": [_page(page) for page in answer.pages],
        "facets": {category: dict(counts) for category, counts in answer.facets.items()},
        "crisis": answer.question.crisis,
        "did_you_mean": answer.did_you_mean,
    }


def answer_as_text(answer: Answer) -> str:
    """An answer as lines for a terminal: what was understood, clinics with miles and phone, pages to read."""
    question = answer.question
    lines = []
    if question.crisis:
        lines.append("If you may hurt yourself, call or text 988 now (911 if life is in danger).")
    if question.understood:
        lines.append("Understood: " + " · ".join(chip.label for chip in question.understood))
    if answer.did_you_mean:
        lines.append(f"Did you mean: {answer.did_you_mean}")
    if answer.widened and answer.radius_miles is not None:
        lines.append(_widened(answer.within, answer.radius_miles))
    lines.append(f"{answer.total} {'clinic' if answer.total == 1 else 'clinics'}")
    lines.extend(_line(result) for result in answer.results)
    lines.extend(f"  Read: {page.title} ({page.slug})" for page in answer.pages)
    return "\n".join(lines)


def _widened(within: int, miles: float) -> str:
    if not within:
        return f"None within {miles:g} miles; these are the nearest beyond."
    return f"Only {within} within {miles:g} miles; the nearest beyond are shown too."


def _question(question: Question, radius_miles: float | None) -> dict[str, Any]:
    return {
        "text": question.text,
        "place": _place(question.place),
        "radius_miles": question.radius_miles if question.radius_miles is not None else radius_miles,
        "filters": {category: list(codes) for category, codes in question.filters.items()},
        "without": {category: list(codes) for category, codes in question.without.items()},
        "words": question.words,
        "intent": question.intent.value,
        "crisis": question.crisis,
        "needs_place": question.needs_place,
        "understood": [asdict(chip) for chip in question.understood],
        "other_places": [_place(place) for place in question.other_places],
        "sort": question.sort.value if question.sort else None,
        "verified_days": question.verified_days,
        "page": question.page,
        "per_page": question.per_page,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "label": place.label,
        "kind": place.kind.value,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _result(result: Result) -> dict[str, Any]:
    miles = None if result.miles is None else round(result.miles, 4)
    today = dt.datetime.now(dt.UTC).date()
    values = {name: getattr(result, name) for name in result.__dataclass_fields__}
    return values | {
        "miles": miles,
        "codes": list(result.codes),
        "sources": list(result.sources),
        "verified_on": result.verified_on.isoformat() if result.verified_on else None,
        "certainty": round(certainty_of(result.verified_on, result.precision, today), 3),
        "said": [_said(said, today) for said in result.said],
        "reasons": dict(result.reasons),
    }


def _said(said: ClinicSaid, today: dt.date) -> dict[str, Any]:
    questions, told = asking().questions, answered(said.offers, said.lacks, said.answers)
    return {
        "on": said.on.isoformat(),
        "how": said.how,
        "offers": list(said.offers),
        "lacks": list(said.lacks),
        "answers": dict(said.answers),
        "faded": [name for name in questions if name in told and questions[name].faded(said.on, today)],
    }


def _page(page: PageHit) -> dict[str, str]:
    return asdict(page)


def _line(result: Result) -> str:
    about = "about " if result.precision != "street" else ""
    away = "" if result.miles is None else f"  {about}{result.miles:.0f} miles"
    beyond = ", beyond the radius" if result.beyond_radius else ""
    where = ", ".join(part for part in (result.street, result.city, f"{result.state} {result.zip}") if part)
    name = f"{result.name}, {result.program}" if result.program else result.name
    asked = f"\n      asked on {result.verified_on}" if result.verified_on else ""
    return f"  [{result.id}] {name}\n      {where}{away}{beyond}  {result.phone}".rstrip() + asked
