"""Kept words: what jobs keep of a run in English sentences, said in the language of the page."""

from __future__ import annotations

import re
from functools import cache

from flask_babel import gettext

from directory.sentence import Sentence

_GAP = re.compile(r"%\((\w+)\)s")
# As directory/catalogue and the importers write them; a sentence that stands here no longer is shown as it was kept.
KEPT = (
    Sentence("%(rows)s rows could be read; at least %(least)s are expected. The file may have been cut off."),
    Sentence("%(rows)s rows could be read; at most %(most)s are expected."),
    Sentence(
        "%(listings)s listings offer ketamine; at least %(least)s are expected. The column of services may be broken."
    ),
    Sentence("%(part)s of %(whole)s (%(share)s) of the rows were refused; at most %(most)s is expected."),
    Sentence(
        "%(part)s of %(whole)s (%(share)s) of the rows hold codes or labels nobody knows; at most %(most)s is expected."
    ),
    Sentence(
        "%(part)s of %(whole)s (%(share)s) of the coordinates lie far from their ZIP; at most %(most)s is expected."
    ),
    Sentence(
        "%(part)s of %(whole)s (%(share)s) of the facilities listed before are gone; at most %(most)s is expected."
    ),
    Sentence(
        "%(part)s of %(whole)s (%(share)s) of the facilities listed before changed; at most %(most)s is expected."
    ),
    Sentence(
        "%(part)s of %(whole)s (%(share)s) of what %(field)s held is something else now; at most %(most)s is expected. "
        "Two columns may have changed places."
    ),
    Sentence("The file has no row that could be read: nothing was changed."),
    Sentence("This file is only a part of its edition: %(listings)s listings it lacks stay as they were."),
    Sentence("One-off lists do not replace each other: %(listings)s listings this file lacks stay as they were."),
    Sentence("%(rows)s rows and cells look wrong beyond those the report can name."),
    Sentence("holds an error of a spreadsheet program"),
    Sentence("holds letters that were misread before the file came to us"),
    Sentence("holds markup"),
    Sentence("holds a formula"),
    Sentence("repeats a letter as no word does"),
    Sentence("holds a digit within a word"),
    Sentence('holds "%(sign)s", which no name and no address has'),
    Sentence('"%(phone)s" has an area code or exchange that no US number has'),
    Sentence('"%(website)s" has a host that no web site has'),
    Sentence('"%(said)s" has no letter'),
    Sentence("has no number of a house"),
    Sentence("says the same as %(column)s"),
    Sentence("the facility's name is missing"),
    Sentence("the town is missing"),
    Sentence("the state is missing"),
    Sentence("the ZIP is missing"),
    Sentence('"%(said)s" is not a US state or territory'),
    Sentence('"%(said)s" is not a ZIP in use'),
    Sentence(
        '"%(said)s" is not a ZIP of five digits, and %(digits)s does not lie in %(state)s; '
        "keep the ZIP column as text so that no zero is lost"
    ),
    Sentence('"%(said)s" is not a ZIP of five digits'),
    Sentence("%(zip)s lies in %(other)s, but the row says %(state)s"),
    Sentence('"%(said)s" is no US phone number; kept aside'),
    Sentence('"%(said)s" is not a web address; kept aside'),
    Sentence('"%(said)s" is not a number of degrees; kept aside'),
    Sentence('"%(said)s" says nothing; left out'),
    Sentence('"%(said)s" is no town known in %(state)s'),
    Sentence("ZIP %(zip)s is not in the table of ZIPs, so its facility has no place on the map"),
    Sentence("ZIP %(zip)s belongs to %(other)s, the row says %(state)s; kept, as %(town)s is near"),
    Sentence("%(zip)s lies %(miles)s miles from %(town)s, where the row says it is"),
    Sentence("%(point)s is %(miles)s miles from %(home)s; placed by %(place)s instead"),
    Sentence("holds letters that were lost before the file came to us; left out"),
    Sentence("had lost zeros in front; repaired, as the state proves it"),
    Sentence("has no number"),
    Sentence("is empty, and not withheld"),
    Sentence("is missing where the other coordinate stands"),
    Sentence("The service code %(code)s is unknown; kept"),
    Sentence("A row lists no service code"),
    Sentence("lists no service"),
    Sentence("the row has 1 cell where the headings have %(width)s"),
    Sentence("the row has %(count)s cells where the headings have %(width)s"),
    Sentence("the row cannot be told into cells: %(why)s"),
    Sentence("a quotation mark is opened and never closed"),
    Sentence('a quotation mark stands within a cell; write it twice ("")'),
    Sentence("a cell is longer than any listing's"),
    Sentence("a line break stands within a cell that has no quotation marks"),
    Sentence("stands twice in the row and says two things; the last was taken"),
    Sentence("stands twice and says two things; the last was taken"),
    Sentence("No row could be read."),
    Sentence("nothing new at its publisher"),
    Sentence("nothing changed"),
    Sentence("held as run %(run)s: %(why)s"),
    Sentence("failed: %(why)s"),
    Sentence("run %(run)s: an edition older than %(edition)s, %(listings)s listings of history"),
    Sentence(
        "run %(run)s: %(new)s new, %(changed)s changed, %(withdrawn)s withdrawn, %(gained)s gained ketamine, "
        "%(lost)s lost it, %(refused)s refused"
    ),
    Sentence(
        "Run %(undone)s is taken back (run %(run)s): %(removed)s listings removed, %(restored)s restored, "
        "%(gone)s facilities gone that it had brought, %(drawn)s drawn anew."
    ),
)


def kept_words(said: str) -> str:
    """A sentence that was kept, in the language of the page; one that nobody here knows as it was kept."""
    for pattern, words in _patterns():
        if found := pattern.fullmatch(said):
            values = {name: kept_words(value) if name == "why" else value for name, value in found.groupdict().items()}
            return Sentence(words, **values).said(gettext)
    return said


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_with_gaps(sentence.words)), sentence.words) for sentence in KEPT)


def _with_gaps(words: str) -> str:
    literal, names = _GAP.split(words)[::2], _GAP.findall(words)
    gaps = [*(f"(?P<{name}>.+)" for name in names), ""]
    return "".join(re.escape(part) + gap for part, gap in zip(literal, gaps, strict=True))
