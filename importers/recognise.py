"""Recognising a file: which importer reads it, which source it is from and which edition it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rapidfuzz import process

from directory.catalogue.record import Batch
from directory.catalogue.sources import known_sources
from directory.config import ImportSettings, shipped_import_settings
from directory.places.gazetteer import Gazetteer
from importers import clean, clinic_list, findtreatment, hsds, nppes, samhsa_workbook
from importers.listing_file import FileKind, ListingFile, NotAListingError, inspect
from importers.sheet import HEADING_ROWS, sheets
from importers.sighting import EDITION, SOURCE_ID, Request, is_to_come

__all__ = ["IMPORTERS", "NotAListingError", "open_listing"]

RESEMBLING = 75.0

# Asked in this order; an importer answers None to a file that is not of its kind.
IMPORTERS: tuple[Callable[[ListingFile, Request], Batch | None], ...] = (
    nppes.open_batch,
    clinic_list.open_batch,
    samhsa_workbook.open_batch,
    hsds.open_batch,
    findtreatment.open_batch,
)


def open_listing(
    path: Path,
    *,
    source_id: str | None = None,
    edition: str | None = None,
    gazetteer: Gazetteer | None = None,
    imports: ImportSettings | None = None,
    mapping: Path | None = None,
    mappings: tuple[Path, ...] = (),
) -> Batch:
    """Open a listing by what it holds, whatever its name; its rows are read as `Batch.rows` is.

    A clinic list is read by `mapping`, or by that of `mappings` whose headings it has. Without `imports` the settings
    of imports are those of data/settings.toml.

    Raises NotAListingError, here or while rows are read, where the file as a whole cannot be imported.
    """
    if source_id is not None:
        _check_source_id(source_id)
    if edition is not None and not EDITION.fullmatch(edition):
        raise NotAListingError(
            f'"{clean.shown(edition)}" is no edition; write a year such as 2023 or a date such as 2023-11-30.'
        )
    if edition is not None and is_to_come(edition):
        raise NotAListingError(f"The edition {edition} is still to come; write the year or day of this listing.")
    file = inspect(path)
    farthest = (imports or shipped_import_settings()).farthest_from_zip_miles
    request = Request(gazetteer or Gazetteer.load(), farthest, source_id, edition, mapping, mappings)
    for open_batch in IMPORTERS if mapping is None else (clinic_list.open_batch,):
        batch = open_batch(file, request)
        if batch is not None:
            return batch
    raise NotAListingError(_not_recognised(file))


def _check_source_id(source_id: str) -> None:
    """A misspelt source would bring every clinic in a second time, so what resembles a known one is refused."""
    known = list(known_sources())
    if not SOURCE_ID.fullmatch(source_id):
        raise NotAListingError(
            f'"{clean.shown(source_id)}" is no source id; use small letters, digits and hyphens, such as samhsa-mh.'
        )
    meant = source_meant(source_id)
    if source_id not in known and meant:
        raise NotAListingError(f"There is no source {source_id}; did you mean {meant}? Known are {', '.join(known)}.")


def source_meant(named: str) -> str | None:
    """The known source whose id is that, or resembles it so much that it is misspelt; None where none does."""
    meant = process.extractOne(named, list(known_sources()), score_cutoff=RESEMBLING)
    return meant[0] if meant else None


def _not_recognised(file: ListingFile) -> str:
    if file.kind is FileKind.JSON:
        return (
            f"{file.name} holds JSON but no rows of a listing; expected rows with name1, city, state, zip and services."
        )
    for sheet in sheets(file):
        for _, (_, row) in zip(range(HEADING_ROWS), enumerate(sheet.open_rows()), strict=False):
            if isinstance(row, tuple) and any(map(clean.text, row[1])):
                found = clean.shown_list(", ".join(said for said in map(clean.text, row[1]) if said))
                return (
                    f"{file.name} is no listing that can be read: expected are headings such as name1, city, state, "
                    f'zip, service_code_info, and its first row is "{found}". '
                    f"For a list of your own, see directory import --map-wizard {file.name}."
                )
    return f"{file.name} holds no rows; fetch the listing again."
