"""Kept sentences: what jobs keep of a run, as the catalogue and the importers write it, by kind.

A gap named `why`, `meant` or `detail` holds another sentence, `column` a column, one of COUNTS a number. Of two that
fit the first is taken, so one with more words of its own stands before one with fewer. What stands here no longer is
shown as it was kept.
"""

from __future__ import annotations

from directory.sentence import Sentence

COUNTS = frozenset(
    {"rows", "least", "most", "listings", "part", "whole", "share", "run", "undone", "new", "changed", "withdrawn"}
    | {"gained", "lost", "refused", "removed", "restored", "gone", "drawn", "miles", "count", "width", "line", "lines"}
    | {"records", "page", "pages", "services", "sites", "taken", "got", "seconds", "latitude", "longitude", "status"}
)
OF_RUNS = (
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
    Sentence("No row could be read."),
)
OF_CELLS = (
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
    Sentence("is missing where the other coordinate stands"),
    Sentence("has no number"),
    Sentence("stands twice in the row and says two things; the last was taken"),
    Sentence("stands twice and says two things; the last was taken"),
    Sentence("is empty, and not withheld"),
    Sentence("is empty, where every NPI has a taxonomy"),
    Sentence("is empty, where every NPI has a date"),
    Sentence("holds letters that were lost before the file came to us; left out"),
    Sentence('"%(said)s" says nothing; left out'),
    Sentence('"%(said)s" stands as the name of a facility; taken as its name'),
    Sentence("had lost zeros in front; repaired, as the state proves it"),
    Sentence("ZIP %(zip)s is not in the table of ZIPs, so its facility has no place on the map"),
    Sentence("ZIP %(zip)s belongs to %(other)s, the row says %(state)s; kept, as %(town)s is near"),
    Sentence('"%(town)s" is no town known in %(state)s'),
    Sentence("%(place)s lies %(miles)s miles from %(town)s, where the row says it is"),
    Sentence("%(latitude)s, %(longitude)s is %(miles)s miles from %(place)s; placed by %(same)s instead"),
    Sentence("%(latitude)s, %(longitude)s is no point on earth"),
    Sentence("lists no service"),
    Sentence("A row lists no service code"),
    Sentence("ends with the group %(group)s, where hardly any row ends"),
    Sentence('The column "%(column)s" without a name of its own holds texts; kept aside'),
    Sentence("A group of codes mixes the categories %(categories)s"),
    Sentence('"%(said)s" among the codes is no code; kept aside'),
    Sentence("The service code %(code)s is unknown; kept"),
    Sentence('"%(said)s" is not what stands here elsewhere; kept aside'),
    Sentence("The field %(field)s is unknown; kept aside"),
    Sentence('The label "%(label)s" of %(group)s is unknown; kept aside'),
    Sentence('"%(said)s" is no service known here; kept'),
    Sentence('"%(said)s" is neither yes nor no; taken as no'),
    Sentence('"%(said)s" is no taxonomy code; the row was not taken for it'),
    Sentence('"%(said)s" is no taxonomy code; the row was left out'),
    Sentence("Fields that hold null, which HSDS wants left out, were read as left out"),
    Sentence("is unknown; kept aside"),
    Sentence("holds a number where text belongs; read as text"),
    Sentence('"%(said)s" is beyond any; kept as it is'),
    Sentence('"%(said)s" is not %(meant)s; kept as it is'),
    Sentence("A service names no location, so nobody can go there; left out"),
    Sentence('A service is "%(status)s"; left out'),
    Sentence("A location is %(kind)s, no place to go to; left out"),
    Sentence('The term "%(term)s" is unknown; kept'),
    Sentence("A service's minimum_age is above its maximum_age; its ages were not read"),
    Sentence("A schedule opens after it closes; kept as it is"),
    Sentence("A row of %(table)s belongs to no service, site or organization of the package; not read"),
)
OF_ROWS = (
    Sentence("the facility's name is missing"),
    Sentence("the town is missing"),
    Sentence("the state is missing"),
    Sentence("the ZIP is missing"),
    Sentence('"%(said)s" is no US phone number'),
    Sentence('"%(said)s" is not a US state or territory'),
    Sentence(
        '"%(said)s" is not a ZIP of five digits, and %(zip)s does not lie in %(state)s; keep the ZIP column as '
        "text so that no zero is lost"
    ),
    Sentence('"%(said)s" is not a ZIP of five digits'),
    Sentence('"%(said)s" is not a ZIP in use'),
    Sentence("%(zip)s lies in %(state)s, but the row says %(said)s"),
    Sentence('"%(said)s" is not a web address'),
    Sentence('"%(said)s" is not a number of degrees'),
    Sentence('"%(said)s" is not between -%(most)s and %(same)s degrees'),
    Sentence('"%(said)s" holds no service code'),
    Sentence('"%(said)s" is not a date'),
    Sentence('"%(said)s" is neither 1 nor 2'),
    Sentence('"%(said)s" is no NPI: ten digits of which the last is the check digit'),
    Sentence("the NPI %(npi)s stands already in line %(line)s"),
    Sentence('the practice location is outside the United States ("%(country)s")'),
    Sentence("the practice location is withheld"),
    Sentence('"%(said)s" cannot be told into street, town, state and ZIP'),
    Sentence("the row has %(meant)s where the headings have %(width)s"),
    Sentence("the row cannot be told into cells: %(why)s"),
    Sentence("a quotation mark is opened and never closed"),
    Sentence('a quotation mark stands within a cell; write it twice ("")'),
    Sentence("a cell is longer than any listing's"),
    Sentence("a line break stands within a cell that has no quotation marks"),
    Sentence("a quotation mark is not closed within %(lines)s lines"),
    Sentence("the line is longer than any listing's"),
    Sentence("the row is not an object with the fields of a facility"),
    Sentence("the row is no object with fields"),
    Sentence("the row has no field %(field)s"),
    Sentence("the field %(field)s holds neither text nor a number"),
    Sentence("the services are not a list of f1, f2 and f3"),
    Sentence("the location is missing"),
    Sentence("the organization of the service is missing"),
    Sentence("the location has no physical address"),
    Sentence('"%(country)s" is outside the US'),
    Sentence("the field %(field)s is missing"),
    Sentence('"%(said)s" is none of %(options)s'),
    Sentence('"%(said)s" is not %(meant)s'),
    Sentence("the id %(id)s stands already in line %(line)s"),
    Sentence("%(id)s is in no other table of the package"),
)
OF_MEANINGS = (
    Sentence("%(count)s cell"),
    Sentence("%(count)s cells"),
    Sentence("%(count)s minutes"),
    Sentence("a UUID such as 3a19ff88-4620-4d17-9830-ac1d859eb5d5"),
    Sentence("a web address that begins with http:// or https://"),
    Sentence("an e-mail address"),
    Sentence("a date and time such as 2026-03-15T10:30:00Z"),
    Sentence("a date such as 2026-03-15"),
    Sentence("a time such as 09:30"),
    Sentence("days such as MO,TU"),
    Sentence("text"),
    Sentence("a number"),
    Sentence("a list"),
    Sentence("an object"),
    Sentence("names"),
    Sentence("streets"),
    Sentence("towns"),
)
OF_FILES = (
    Sentence("Unknown columns, kept aside: %(columns)s."),
    Sentence("Columns of this kind of listing that are missing: %(columns)s."),
    Sentence("Columns named twice, the later not read: %(columns)s."),
    Sentence("Columns that %(mapping)s maps to nothing, kept aside: %(columns)s."),
    Sentence("Mostly empty in the first %(rows)s rows: %(columns)s. Check the headings."),
    Sentence("Several years could be the edition: %(years)s; took %(year)s. Name it with --edition."),
    Sentence("%(file)s does not say which edition it is; dated today, %(day)s. Name it with --edition."),
    Sentence("%(file)s does not say which source it is from; taken as one-off. Name it with --source."),
    Sentence("The source %(source)s is not described in data/sources.toml; describe it there."),
    Sentence("%(file)s does not end with a line break: its last line may be cut off."),
    Sentence("%(file)s is not UTF-8 and was read as Windows-1252; look at names with accents."),
    Sentence("%(file)s holds %(rows)s of %(records)s records: a part of the listing, so nothing is withdrawn."),
    Sentence("%(file)s holds %(rows)s rows where it announces %(records)s records."),
    Sentence("%(file)s holds page %(page)s of %(pages)s: a part of the listing, so nothing is withdrawn."),
    Sentence("%(file)s holds one %(kind)s alone, so nothing is withdrawn."),
    Sentence(
        "%(file)s holds the changes of some days only, so nothing is withdrawn; clinics that gave up their NPI "
        "leave with the next whole file."
    ),
    Sentence("%(services)s services at %(sites)s sites were read; %(taken)s sites say treatment."),
    Sentence("%(count)s taken by the rule %(rule)s: %(why)s."),
    Sentence("Nothing here fills the fields %(fields)s."),
    Sentence("%(lines)s lines were looked through; %(rows)s rows are of interest."),
    Sentence("%(count)s of interest are left out, for their NPI is deactivated."),
    Sentence("Tables that HSDS does not have were not read: %(tables)s."),
    Sentence("%(descriptor)s of %(file)s announces no tables that can be read; taken as the tables are."),
    Sentence("In %(file)s %(table)s is no list of rows."),
    Sentence("A mapping was not tried: %(why)s"),
    Sentence("In %(table)s: %(why)s"),
)
OF_FILES_REFUSED = (
    Sentence("%(file)s does not hold what its headings say: %(why)s."),
    Sentence('column %(column)s does not hold %(meant)s but such as "%(said)s"; check the headings'),
    Sentence('column %(column)s is empty where %(other)s holds such as "%(said)s"; check the headings'),
    Sentence('columns %(column)s and %(other)s say the same, such as "%(said)s"; check the headings'),
    Sentence("%(count)s of the first %(rows)s rows cannot be read: %(meant)s, line %(line)s: %(why)s"),
    Sentence("column %(column)s"),
    Sentence("the cells"),
    Sentence("%(file)s is empty; fetch the listing again."),
    Sentence("%(file)s holds headings but no rows; fetch the listing again."),
    Sentence("%(file)s holds no rows; fetch the listing again."),
    Sentence("%(file)s is a web page, not a listing; download the listing itself again."),
    Sentence("%(file)s is protected by a password; save a copy without one."),
    Sentence("%(file)s is no whole JSON document, it breaks %(detail)s; fetch the listing again."),
    Sentence("%(file)s is damaged text (%(detail)s); save it as UTF-8 and import that."),
    Sentence("%(file)s is a damaged or cut-off xlsx file; fetch it again."),
    Sentence("%(file)s is a damaged or cut-off zip; fetch it again."),
    Sentence("%(file)s was not kept, or is gone from %(folder)s; import the file itself again."),
    Sentence("%(file)s is not what it was: its checksum differs. Import the file itself again."),
)
OF_FETCHES = (
    Sentence("%(address)s cannot be reached, or broke off (%(detail)s)"),
    Sentence("%(address)s did not answer in %(seconds)s seconds"),
    Sentence("%(address)s broke off after %(got)s of %(whole)s bytes"),
    Sentence("%(address)s does not prove that it is who it says (TLS): %(detail)s"),
    Sentence("%(address)s leads from one address to the next without end"),
    Sentence("%(address)s is not protected by TLS; only https:// addresses are fetched"),
    Sentence('"%(address)s" is no address; write one that begins with https://'),
    Sentence("there is nothing at %(address)s (%(status)s); look where the file is now"),
    Sentence("%(address)s sends more than %(count)s MB, the most that is expected"),
    Sentence("%(address)s took more than %(meant)s; the next run goes on where this one ended"),
    Sentence("%(why)s; it asks to come back in %(count)s minutes"),
    Sentence("%(address)s has not the bytes that were asked for any longer"),
    Sentence("%(address)s sent another part than was asked for"),
    Sentence("%(address)s sends its answer packed (%(packing)s), which it was asked not to do"),
    Sentence("%(address)s answers a web page in place of the listing; it may be under maintenance"),
    Sentence('%(address)s answers plain text in place of the listing: "%(detail)s". Its parameters may have changed.'),
    Sentence("%(address)s answered every state without a row"),
    Sentence("%(address)s answers no clinic in %(state)s; nothing is taken without it"),
    Sentence("%(address)s knows no clinic within %(miles)s miles of Manhattan: %(why)s. Nothing was fetched."),
    Sentence("it reads longitude before latitude now"),
    Sentence("it answers no place at all"),
    Sentence("%(address)s: %(why)s, %(count)s times; try again later"),
    Sentence("%(count)s rows of %(state)s stand on two pages"),
    Sentence("%(state)s holds %(rows)s rows and announces %(records)s records"),
    Sentence("%(state)s had %(records)s records on page 1, %(count)s on %(page)s"),
    Sentence("%(state)s ends after %(rows)s of %(records)s records"),
    Sentence("page %(page)s of %(state)s repeats page %(other)s"),
    Sentence("%(address)s sent a page that is no whole JSON (%(detail)s)"),
    Sentence("%(address)s sent a page without rows or recordCount; its form may have changed"),
    Sentence("%(address)s sent rows that are no facilities; its form may have changed"),
    Sentence("%(address)s sent page %(page)s where page %(count)s was asked for"),
    Sentence("%(source)s has no address"),
    Sentence("%(address)s answers %(status)s %(detail)s"),
)
OF_WHATEVER_WAS_ODD = (
    Sentence("%(why)s; kept aside"),
    Sentence("%(why)s; left out"),
    Sentence("%(why)s; kept as it is"),
)
KEPT = (*OF_RUNS, *OF_CELLS, *OF_WHATEVER_WAS_ODD, *OF_ROWS, *OF_MEANINGS, *OF_FILES, *OF_FILES_REFUSED, *OF_FETCHES)
