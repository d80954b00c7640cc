"""Understanding: a text as people type it becomes a Question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from directory.catalogue.codes import code_list
from directory.catalogue.likeness import matching_words
from directory.config import Settings
from directory.places.gazetteer import WELL_KNOWN_WEIGHT, Gazetteer
from directory.places.place import Place, PlaceKind
from directory.search.asking import Asking, asking
from directory.search.crisis import in_crisis
from directory.search.facility_names import FEWEST_TOKENS, town_of, without_what_is_asked
from directory.search.phone import PhoneSaid, phone_said
from directory.search.question import (
    LARGEST_PAGE,
    LARGEST_RADIUS_MILES,
    Intent,
    Question,
    Sort,
    Understood,
)
from directory.search.vocabulary import Service, Vocabulary
from directory.search.whereabouts import (
    Lexicon,
    Reach,
    Sighting,
    Whereabouts,
    likeliest_by_clinics,
    near_me,
    nearest,
    reach,
    spoken_number,
)
from directory.search.wording import Token, cleaned, tokenise

# A clinic is asked for by what it does; these only say for whom, how it is paid and where it is given.
MODIFYING_CATEGORIES = frozenset({"PAY", "PYAS", "AGE", "SG", "SL", "OL", "GN", "SET", "ACC"})
MODIFYING_CODES = frozenset({"TELE"})
# "iop" or "residential treatment" is sought for itself; outpatient care is what ketamine is anyway.
SOUGHT_FOR_ITSELF = "SET"
AS_KETAMINE_IS = "OP"
TREATMENT_CATEGORIES = frozenset({"TAP", "OURS"})
SURE_PLACE = 60.0
OTHER_PLACE = 15.0
SENTENCE_WORDS = 8
PREPOSITIONS = frozenset({"in", "en", "near", "at", "de"})
AGE_PHRASES = (("year", "old"), ("years", "old"), ("yr", "old"), ("yrs", "old"), ("y", "o"), ("yo",))
NO_AGE = frozenset(
    {"mile", "miles", "mi", "mg", "minutes", "hours", "days", "weeks", "months", "millas", "horas", "percent", "of"}
)
AGE_GROUPS = ((18, "CHLD"), (26, "YAD"), (65, "ADLT"), (121, "SNR"))
OTHER_PLACES = 6
SPRAVATO_PAGE = "spravato"
PAYMENT_PAGE = "cost-and-insurance"
CRISIS_PAGE = "crisis-help"
COMPARED_PAGE = "compared-with-other-treatments"
KETAMINES = {"KIT", "ESK"}
_POINT = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*\Z")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A service at tokens first to last (exclusive), wanted or not."""

    service: Service
    first: int
    last: int
    wanted: bool = True


@dataclass(slots=True)
class _Reading:
    """What one reading of a text has found so far; `free` marks tokens that are still plain words."""

    text: str
    tokens: tuple[Token, ...]
    plain: list[bool]
    phone: PhoneSaid | None = None
    reach: Reach | None = None
    near_me: tuple[int, int] | None = None
    sighting: Sighting | None = None
    further: tuple[Sighting, ...] = ()
    seen: tuple[Sighting, ...] = ()
    asked: list[_Asked] = field(default_factory=list)
    silent: list[_Asked] = field(default_factory=list)
    name: tuple[int, int] | None = None
    named: str = ""
    crisis: bool = False
    question: bool = False
    pages: tuple[str, ...] = ()
    words: tuple[int, ...] = ()

    def used(self) -> list[bool]:
        """Which tokens are understood as something, or must stay plain words."""
        used = list(self.plain)
        spans = [(asked.first, asked.last) for asked in (*self.asked, *self.silent)]
        spans += [(seen.first, seen.last) for seen in (self.sighting, *self.further) if seen]
        spans += [(self.reach.first, self.reach.last)] if self.reach else []
        spans += [self.near_me] if self.near_me else []
        spans += [(self.phone.first, self.phone.last)] if self.phone else []
        for first, last in spans:
            used[first:last] = [True] * (last - first)
        return used


class Understanding:
    """Reads texts against the gazetteer, the vocabulary and, where there is an index, the words of its facilities."""

    def __init__(
        self, gazetteer: Gazetteer, vocabulary: Vocabulary, lexicon: Lexicon | None, settings: Settings
    ) -> None:
        self._gazetteer = gazetteer
        self._vocabulary = vocabulary
        self._lexicon = lexicon
        self._settings = settings
        self._asking: Asking = asking()
        self._whereabouts = Whereabouts(gazetteer, vocabulary, lexicon)

    def question(
        self,
        text: str,
        *,
        near: str = "",
        radius_miles: float | None = None,
        offers: Sequence[str] = (),
        plain: Sequence[str] = (),
        sort: Sort | None = None,
        page: int = 1,
        per_page: int | None = None,
    ) -> Question:
        """The Question of a text.

        `near` is a place given apart ("46204", "Fort Wayne, IN", "39.77,-86.16") and stands above one in the text;
        `offers` are service codes given apart, unknown ones are ignored; `plain` are phrases to be taken as plain
        words, which also takes off a chip by its value. Never raises for any text.
        """
        reading = self._reading(cleaned(text), tuple(plain))
        given = self._given(cleaned(near))
        place = given or (reading.sighting.place if reading.sighting else None)
        filters = [code for asked in reading.asked if asked.wanted for code in asked.service.codes]
        without = [code for asked in reading.asked if not asked.wanted for code in asked.service.codes]
        learn = reading.question
        if learn and place is None:
            filters = [code for code in filters if code_list().category_of(code) in TREATMENT_CATEGORIES]
            without = []
        filters += [code for code in offers if code in code_list()]
        words = " ".join(reading.tokens[index].text for index in reading.words)
        near_here = reading.near_me is not None
        open_to_all = not (reading.words or reading.phone or learn or self._other_care(reading))
        assumed = self._assumed(filters, without, plain) if (place or near_here) and open_to_all else []
        miles = radius_miles if radius_miles is not None else (reading.reach.miles if reading.reach else None)
        return Question(
            text=reading.text,
            words=words,
            place=place,
            radius_miles=None if miles is None else min(max(float(miles), 0.1), LARGEST_RADIUS_MILES),
            filters=code_list().by_group(tuple(dict.fromkeys([*filters, *assumed]))),
            without=code_list().by_group(tuple(dict.fromkeys(without))),
            intent=Intent.LEARN if learn else Intent.FIND,
            crisis=reading.crisis,
            needs_place=near_here and place is None,
            understood=self._understood(reading, filters, without, assumed, given),
            other_places=self._others(reading, place, given),
            sort=sort,
            page=min(max(page, 1), LARGEST_PAGE),
            per_page=per_page or self._settings.search.results_per_page,
            page_words=self._page_words(reading),
            page_hints=reading.pages,
            name=reading.named,
            phone=reading.phone.number if reading.phone else "",
        )

    def _given(self, near: str) -> Place | None:
        if not near:
            return None
        if match := _POINT.match(near):
            latitude, longitude = float(match[1]), float(match[2])
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return Place("your location", PlaceKind.POINT, latitude, longitude)
        found = self._gazetteer.find(near)
        return next(iter(likeliest_by_clinics(found, self._gazetteer, self._lexicon)), None)

    def _other_care(self, reading: _Reading) -> bool:
        """Whether care is named that nobody takes for ketamine: "a therapist who speaks Vietnamese"."""
        stems = [token.stem for token in reading.tokens]
        return any(True for _ in self._asking.other_care.every(stems))

    def _assumed(self, filters: Sequence[str], without: Sequence[str], plain: Sequence[str]) -> list[str]:
        asked = {code: code_list().category_of(code) for code in filters if code not in MODIFYING_CODES}
        if any(
            category not in MODIFYING_CATEGORIES
            or (category == SOUGHT_FOR_ITSELF and code != AS_KETAMINE_IS)
            or code in self._asking.other_care_codes
            for code, category in asked.items()
        ):
            return []
        codes = [code for code in self._settings.search.default_codes if code in code_list() and code not in without]
        return [] if " ".join(codes) in plain else codes

    def _reading(self, text: str, plain: tuple[str, ...]) -> _Reading:
        tokens = tokenise(text)
        reading = _Reading(text, tokens, _plain_tokens(tokens, plain))
        if not tokens:
            return reading
        stems = [token.stem for token in tokens]
        reading.question = self._asking.is_question(text, stems)
        reading.phone = phone_said(text, tokens, reading.plain)
        reading.reach = reach(tokens, self._vocabulary)
        if reading.reach and any(reading.plain[reading.reach.first : reading.reach.last]):
            reading.reach = None
        reading.near_me = near_me(tokens)
        if reading.near_me and any(reading.plain[slice(*reading.near_me)]):
            reading.near_me = None
        reading.asked = self._services(reading)
        self._compose(reading)
        self._yield(reading)
        self._place(reading)
        if reading.asked and not reading.sighting and not reading.near_me and not any(reading.plain):
            reading.near_me = nearest(tokens)
        errand = bool(reading.asked or reading.sighting or reading.near_me)
        reading.crisis = in_crisis(tokens, self._vocabulary, question=reading.question, errand=errand)
        if not reading.crisis:
            self._weigh_name(reading)
        reading.asked = self._aged(reading)
        reading.pages = self._pages(reading, topical=reading.question)
        if reading.question and not reading.pages and reading.sighting and reading.asked:
            reading.question = False
        elif not reading.question and reading.pages and not reading.sighting and not reading.near_me:
            reading.question = not any(True for _ in self._asking.errand.every(stems))
        if reading.question or not (reading.sighting or reading.near_me):
            reading.pages = self._pages(reading, topical=True)
        reading.asked = self._negated(reading)
        reading.words = self._words(reading)
        return reading

    def _services(self, reading: _Reading) -> list[_Asked]:
        tokens, used = reading.tokens, reading.used()
        stems = [
            f" {token.stem}" if blocked else self._corrected(token) for token, blocked in zip(tokens, used, strict=True)
        ]
        found = [_Asked(service, first, last) for first, last, service in self._vocabulary.services.every(stems)]
        kept: list[_Asked] = []
        for asked in sorted(found, key=lambda each: (each.first - each.last, each.first)):
            if all(asked.last <= other.first or other.last <= asked.first for other in kept):
                kept.append(asked)
        return sorted(kept, key=lambda each: each.first)

    def _compose(self, reading: _Reading) -> None:
        """A substance said apart makes "detox" its own; beside other care it tells nothing, alone it asks for help."""
        used = reading.used()
        stems = [token.stem for token in reading.tokens]
        said = [hit for hit in self._vocabulary.substances.every(stems) if not any(used[hit[0] : hit[1]])]
        if not said or reading.question:
            return
        first, last, substance = said[0]
        if substance.detox is not None:
            own = substance.detox
            reading.asked = [
                replace(asked, service=own) if asked.service.codes == ("DT",) else asked for asked in reading.asked
            ]
        cared = any(not self._only_modifies(asked.service.codes) for asked in reading.asked)
        if not cared:
            reading.asked = sorted(
                [*reading.asked, _Asked(substance.treatment, first, last)], key=lambda each: each.first
            )
        reading.silent.extend(_Asked(substance.treatment, first, last) for first, last, substance in said[not cared :])

    @staticmethod
    def _yield(reading: _Reading) -> None:
        """Insurance at large says nothing where a payer is named: "my insurance, it's Medicaid"."""
        payers = {
            each.service.yields for each in reading.asked if code_list().category_of(each.service.codes[0]) == "PAY"
        }
        if len(payers) > 1:
            reading.silent += [each for each in reading.asked if each.service.yields]
            reading.asked = [each for each in reading.asked if not each.service.yields]

    @staticmethod
    def _only_modifies(codes: Sequence[str]) -> bool:
        return all(code_list().category_of(code) in MODIFYING_CATEGORIES for code in codes)

    def _corrected(self, token: Token) -> str:
        if self._gazetteer.is_town(token.fold) or (self._lexicon is not None and self._lexicon.known(token.fold)):
            return token.stem
        meant = self._vocabulary.corrected(token.stem)
        # "chicgo" is a letter from "chico", and from Chicago.
        return token.stem if meant != token.stem and self._nearly_a_city(token.fold) else meant

    def _nearly_a_city(self, key: str) -> bool:
        alike = self._gazetteer.resembling(key, cutoff=1)
        return bool(alike) and alike[0][1].weight >= WELL_KNOWN_WEIGHT

    def _place(self, reading: _Reading) -> None:
        served = [False] * len(reading.tokens)
        for asked in reading.asked:
            served[asked.first : asked.last] = [True] * (asked.last - asked.first)
        taken = list(reading.plain)
        said = [(each.first, each.last) for each in (reading.reach, reading.phone) if each]
        for span in (*said, reading.near_me):
            if span:
                taken[slice(*span)] = [True] * (span[1] - span[0])
        sightings = self._whereabouts.sightings(reading.tokens, taken, served)
        standing = [seen for seen in sightings if self._stands(seen, reading.asked)]
        reading.seen = tuple(standing)
        if not standing:
            return
        reading.sighting = standing[0]
        reading.further = tuple(
            seen for seen in standing[1:] if seen.strength >= OTHER_PLACE or _contains(standing[0], seen)
        )
        places = (reading.sighting, *reading.further)
        leads = {seen.first for seen in places}
        reading.asked = [
            asked
            for asked in reading.asked
            if not any(_overlap(asked, seen) for seen in places)
            and not (asked.last in leads and reading.tokens[asked.last - 1].fold in PREPOSITIONS)
        ]

    def _stands(self, seen: Sighting, services: Sequence[_Asked]) -> bool:
        """A place stands against services over the same words when it is longer, or as long and surely a place."""
        for asked in services:
            if _overlap(asked, seen):
                longer = (seen.last - seen.first) - (asked.last - asked.first)
                if longer < 0 or (longer == 0 and seen.strength < 90):
                    return False
        return True

    def _weigh_name(self, reading: _Reading) -> None:
        """Words that are a facility's name ask for that facility, whatever else they might mean."""
        span = self._name_span(reading)
        if span is None:
            self._name_nearly(reading)
            return
        reading.name = span
        reading.asked = [asked for asked in reading.asked if asked.last <= span[0] or span[1] <= asked.first]
        seen = reading.sighting
        told_after = seen is not None and seen.last == span[1] and seen.first > span[0] + 1
        if seen is not None and seen.first < span[1] and not told_after:
            reading.sighting, reading.further = None, ()

    def _name_nearly(self, reading: _Reading) -> None:
        """Find the name of a clinic that was typed with slips, or of which something is asked."""
        tokens = reading.tokens
        first, last, sure = without_what_is_asked(tokens, self._asking)
        if self._lexicon is None or last - first < FEWEST_TOKENS or (reading.question and last - first == len(tokens)):
            return
        if reading.near_me or reading.reach or reading.phone or any(reading.plain):
            return
        if not self._may_name(reading, first, last, sure=sure):
            return
        name = reading.text[tokens[first].start : tokens[last - 1].end]
        named = self._lexicon.named(name)
        if named is None:
            return
        town = town_of(named, reading.seen, first, last)
        reading.name, reading.named, reading.question = (first, town.first if town else last), name, False
        reading.sighting, reading.further = town, ()
        reading.asked = [asked for asked in reading.asked if asked.last <= first or last <= asked.first]

    def _may_name(self, reading: _Reading, first: int, last: int, *, sure: bool) -> bool:
        """Whether words hold no treatment and, unless they are surely a name, one that is not common or understood."""
        asked = [each for each in reading.asked if each.first < last and first < each.last]
        codes = [code for each in asked for code in each.service.codes]
        if any(code_list().category_of(code) in TREATMENT_CATEGORIES for code in codes):
            return False
        shared = matching_words().common | self._asking.small.words() | self._vocabulary.filler.words()
        common = [token.stem in shared or token.fold in shared for token in reading.tokens]
        spans = [(each.first, each.last) for each in asked]
        spans += [(reading.sighting.first, reading.sighting.last)] if reading.sighting else []
        for start, end in spans:
            common[start:end] = [True] * (end - start)
        return sure or not all(common[first:last])

    def _name_span(self, reading: _Reading) -> tuple[int, int] | None:
        tokens, last = reading.tokens, len(reading.tokens)
        if reading.question or reading.near_me or reading.reach or any(reading.plain) or len(tokens) < 2:
            return None
        treatments = {
            index
            for asked in reading.asked
            if any(code_list().category_of(code) in TREATMENT_CATEGORIES for code in asked.service.codes)
            for index in range(asked.first, asked.last)
        }
        place = reading.sighting
        if place is not None and place.last == last and place.first > 1:
            last = place.first
            while last > 1 and tokens[last - 1].fold in {"in", "near", "en", "at", "around"}:
                last -= 1
        if treatments & set(range(last)):
            return None
        asked_of = last
        while asked_of > 2 and tokens[asked_of - 1].fold in self._asking.about_a_name:
            asked_of -= 1
        titled = self._looks_like_name(tokens[:asked_of])
        if self._lexicon is None:
            return (0, asked_of) if titled else None
        if not titled and not self._tells_apart(reading, last):
            return None
        for end in dict.fromkeys((len(tokens), last, asked_of)):
            if self._lexicon.name_frequency([token.fold for token in tokens[:end]]):
                return 0, end
        return None

    def _tells_apart(self, reading: _Reading, last: int) -> bool:
        """Whether words could be the name of one facility: "charak center", not "mental health center"."""
        tokens, facility = reading.tokens[:last], self._asking.facility
        if not any(token.fold in facility for token in tokens):
            return False
        generic = [token.fold in facility or token.stem in self._vocabulary.ordinary for token in tokens]
        for asked in reading.asked:
            generic[asked.first : asked.last] = [True] * (asked.last - asked.first)
        seen = reading.sighting
        if seen is not None and not all(token.capital for token in tokens):
            generic[seen.first : seen.last] = [True] * (seen.last - seen.first)
        return not all(generic)

    def _looks_like_name(self, tokens: Sequence[Token]) -> bool:
        named = sum(token.capital for token in tokens)
        return len(tokens) > 2 and named == len(tokens) and tokens[-1].fold in self._asking.facility

    def _aged(self, reading: _Reading) -> list[_Asked]:
        """Ages given as a number: "my 15 year old", "mi hija de 14 años". They outdo words such as "daughter"."""
        used = reading.used()
        aged: list[_Asked] = []
        for index in range(len(reading.tokens)):
            said = None if used[index] else spoken_number(reading.tokens, index)
            if said is None or not 0 < said[0] <= 120 or (aged and index < aged[-1].last):
                continue
            number, digits = said
            length = self._age_length(reading.tokens, index, index + digits)
            if length and not any(used[index : index + length]):
                code = next(code for limit, code in AGE_GROUPS if number < limit)
                service = Service((code,), code_list().services[code].plain)
                aged.append(_Asked(service, index, index + length))
        if not aged:
            return reading.asked
        rest = [
            asked
            for asked in reading.asked
            if not all(code_list().category_of(code) == "AGE" for code in asked.service.codes)
        ]
        return sorted([*rest, *aged], key=lambda each: each.first)

    def _age_length(self, tokens: Sequence[Token], index: int, end: int) -> int:
        """How many tokens from a number on, which ends before `end`, say somebody's age; 0 where they do not."""
        after = [each.fold for each in tokens[end : end + 2]]
        before = tokens[index - 1].fold if index else ""
        for said in AGE_PHRASES:
            if tuple(after[: len(said)]) == said:
                return end - index + len(said)
        if after[:1] == ["anos"] and (before in self._asking.age_is or before in {"de", "con"}):
            return end - index + 1
        people = {each.fold for each in tokens[max(0, index - 5) : index]} & self._asking.age_who
        measured = bool(after) and (after[0] in NO_AGE or re.match(r"\s*[%$+]", tokens[end].gap))
        kin = tokens[index - 2].fold if before == "de" and index > 1 else before
        told = (before in self._asking.age_is and people) or kin in self._asking.age_kin
        return end - index if told and not measured else 0

    def _negated(self, reading: _Reading) -> list[_Asked]:
        """Services after a "not" are unwanted; where the "not" is about the person, they say nothing and are let go."""
        tokens = reading.tokens
        marks = {last: first for first, last, _ in self._vocabulary.negation.every([token.stem for token in tokens])}
        result: list[_Asked] = []
        unwanted_until = -1
        for asked in reading.asked:
            between = {token.fold for token in tokens[unwanted_until : asked.first]} if unwanted_until >= 0 else set()
            carried = bool(between) and between <= self._asking.carry_on
            verdict = False if carried else self._verdict(tokens, asked, marks)
            unwanted_until = asked.last if verdict is False else -1
            if verdict is not None and (verdict or not reading.question):
                result.append(replace(asked, wanted=verdict))
            else:
                reading.silent.append(asked)
        return result

    def _verdict(self, tokens: Sequence[Token], asked: _Asked, marks: dict[int, int]) -> bool | None:
        """True where a service is wanted, False where not, None where nobody can tell."""
        passed: list[str] = []
        for index in range(asked.first, max(0, asked.first - 5), -1):
            if re.search(r"[,.;:!?]", tokens[index].gap):
                return True
            if index in marks:
                said = [token.fold for token in tokens[marks[index] : index]]
                return None if self._says_nothing([*said, *passed], tokens, asked) else False
            word = tokens[index - 1].fold
            if word not in self._asking.links and word not in self._asking.of_the_person:
                return True
            passed.append(word)
        return True

    def _says_nothing(self, words: Sequence[str], tokens: Sequence[Token], asked: _Asked) -> bool:
        """Whether a "not" before a service tells nothing about the clinics wanted."""
        after = tokens[asked.last].fold if asked.last < len(tokens) else ""
        categories = {code_list().category_of(code) for code in asked.service.codes}
        return (
            not self._asking.of_the_person.isdisjoint(words)
            or after in self._asking.not_required
            or not self._asking.person_categories.isdisjoint(categories)
        )

    def _pages(self, reading: _Reading, *, topical: bool) -> tuple[str, ...]:
        """Slugs of the pages a text is about, surest first; topics are what single words tell."""
        stems = [token.stem for token in reading.tokens]
        spelled = [self._corrected(token) for token in reading.tokens]
        found = [*self._vocabulary.learn.every(stems), *self._vocabulary.learn.every(spelled)]
        found.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
        pages = [page for _, _, page in found if page]
        if reading.crisis:
            pages.insert(0, CRISIS_PAGE)
        if topical:
            asked = {code_list().category_of(code) for each in reading.asked for code in each.service.codes}
            pages[:0] = [COMPARED_PAGE] if self._compares(reading, stems) else []
            pages[1:1] = [SPRAVATO_PAGE] if "OURS" in asked else []
            pages += [PAYMENT_PAGE] if asked & {"PAY", "PYAS"} else []
            pages += self._asking.topics_of(stems)
            conditions = any(True for _ in self._asking.conditions.every(stems))
            pages += [self._asking.condition_page] if conditions else []
        return tuple(dict.fromkeys(pages))[:3]

    def _compares(self, reading: _Reading, stems: Sequence[str]) -> bool:
        """Whether two treatments are weighed against each other; ketamine against esketamine has its own page."""
        codes = {code for each in reading.asked for code in each.service.codes}
        treatments = {code for code in codes if code_list().category_of(code) in TREATMENT_CATEGORIES}
        return len(treatments) > 1 and treatments != KETAMINES and not self._asking.comparing.isdisjoint(stems)

    def _words(self, reading: _Reading) -> tuple[int, ...]:
        """What stays for the index: tokens that are nothing understood and carry something.

        Somebody in danger looks for no clinic's name: their words must not empty the list. A phone number says enough.
        """
        if reading.crisis or reading.phone:
            return tuple(index for index, plain in enumerate(reading.plain) if plain)
        if reading.name:
            return tuple(range(*reading.name))
        tokens = reading.tokens
        stems = [token.stem for token in tokens]
        empty = reading.used()
        empties = [self._vocabulary.filler, self._asking.small, self._asking.conditions, self._vocabulary.negation]
        if reading.question:
            empties.append(self._asking.question)
        spans = [(first, last) for phrases in empties for first, last, _ in phrases.every(stems)]
        if reading.sighting or reading.near_me or reading.asked:
            spans += [(first, last) for first, last, page in self._vocabulary.learn.every(stems) if page]
        for first, last in spans:
            empty[first:last] = [True] * (last - first)
        sentence = len(tokens) >= SENTENCE_WORDS
        for index, token in enumerate(tokens):
            if token.number is not None and len(token.text) < 3:
                empty[index] = True
            if sentence and not token.capital and token.stem in self._vocabulary.ordinary:
                empty[index] = True
            if reading.plain[index]:
                empty[index] = False
        return tuple(index for index in range(len(tokens)) if not empty[index])

    def _page_words(self, reading: _Reading) -> str:
        stems = [token.stem for token in reading.tokens]
        empty = [False] * len(stems)
        for first, last, _ in self._asking.small.every(stems):
            empty[first:last] = [True] * (last - first)
        if (seen := reading.sighting) is not None:
            empty[seen.first : seen.last] = [True] * (seen.last - seen.first)
        return " ".join(token.text for token, skip in zip(reading.tokens, empty, strict=True) if not skip)

    def _others(self, reading: _Reading, place: Place | None, given: Place | None) -> tuple[Place, ...]:
        if given is not None:
            return tuple(place for place in self._gazetteer.find(given.label) if place.label != given.label)[:0]
        if reading.sighting is None:
            return ()
        places = [*(seen.place for seen in reading.further), *reading.sighting.others]
        unique = {each.label: each for each in places if place is None or each.label != place.label}
        return tuple(unique.values())[:OTHER_PLACES]

    def _understood(
        self,
        reading: _Reading,
        filters: Sequence[str],
        without: Sequence[str],
        assumed: Sequence[str],
        given: Place | None,
    ) -> tuple[Understood, ...]:
        chips: list[Understood] = []
        if given is None and (seen := reading.sighting) is not None:
            chips.append(
                self._chip(reading, "place", seen.place.label, self._place_label(seen.place), seen.first, seen.last)
            )
        if (said := reading.reach) is not None:
            label = f"Within {said.miles:g} miles" if said.miles != 1 else "Within 1 mile"
            chips.append(self._chip(reading, "radius", f"{said.miles:g}", label, said.first, said.last))
        if (phone := reading.phone) is not None:
            chip = self._chip(reading, "phone", phone.number, phone.number, phone.first, phone.last)
            chips.append(replace(chip, label_es=phone.number))
        for asked in reading.asked:
            kept = set(filters if asked.wanted else without)
            if kept.issuperset(asked.service.codes):
                kind = "service" if asked.wanted else "without"
                label = asked.service.label if asked.wanted else f"Not: {asked.service.label}"
                value = " ".join(asked.service.codes)
                chip = self._chip(reading, kind, value, label, asked.first, asked.last)
                chips.append(replace(chip, label_es=asked.service.label_es))
        if assumed:
            plain = ", ".join(code_list().services[code].plain for code in assumed)
            chips.append(Understood("assumed", " ".join(assumed), plain))
        return tuple(chips)

    def _place_label(self, place: Place) -> str:
        return self._gazetteer.state_name(place.state) if place.kind is PlaceKind.STATE else place.label

    @staticmethod
    def _chip(reading: _Reading, kind: str, value: str, label: str, first: int, last: int) -> Understood:
        start, end = reading.tokens[first].start, reading.tokens[last - 1].end
        return Understood(kind, value, label, reading.text[start:end], start, end)


def _plain_tokens(tokens: Sequence[Token], plain: Sequence[str]) -> list[bool]:
    """Which tokens belong to a phrase that is to be taken as plain words."""
    marked = [False] * len(tokens)
    folds = [token.fold for token in tokens]
    for phrase in plain:
        wanted = [token.fold for token in tokenise(cleaned(phrase))]
        for first in range(len(folds) - len(wanted) + 1 if wanted else 0):
            if folds[first : first + len(wanted)] == wanted:
                marked[first : first + len(wanted)] = [True] * len(wanted)
    return marked


def _overlap(asked: _Asked, seen: Sighting) -> bool:
    return asked.first < seen.last and seen.first < asked.last


def _contains(chosen: Sighting, seen: Sighting) -> bool:
    """Whether a state said apart is the one the chosen town lies in: its words are used up, too."""
    return seen.place.kind is PlaceKind.STATE and seen.place.state == chosen.place.state
