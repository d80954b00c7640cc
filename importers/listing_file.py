"""ListingFile: a file somebody hands in, known by its content and never by its name."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from directory.errors import PlainError
from importers import archive

HEAD_BYTES = 4096
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PASSWORD_MARK = "EncryptedPackage".encode("utf-16-le")
HTML_MARKS = (b"<!doctype html", b"<html", b"<head", b"<body")
TEXT_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# By two of these a zip is known as an HSDS package, so that one which lost a table is told so.
TABLES_OF_A_PACKAGE = ("organizations", "services", "locations", "service_at_location")
PACKED_HEADS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")


class NotAListingError(PlainError):
    """The file as a whole cannot be imported; the message is one sentence that says why and what to do."""


class FileKind(StrEnum):
    """How a file holds its rows."""

    WORKBOOK = "xlsx"
    TABLE = "csv"
    JSON = "json"
    NPI_ARCHIVE = "zip"
    TABLE_ARCHIVE = "zip of tables"


@dataclass(frozen=True, slots=True)
class ListingFile:
    """A file that may hold a listing: `sha256` in hex over its bytes."""

    path: Path
    kind: FileKind
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name, for messages."""
        return self.path.name


def inspect(path: Path) -> ListingFile:
    """Look at a file's first bytes and take its checksum; raises NotAListingError for what holds no rows at all."""
    try:
        if path.is_dir():
            raise NotAListingError(f"{path} is a folder; name the file in it that holds the listing.")
        if path.exists() and not path.is_file():
            raise NotAListingError(f"{path} is not an ordinary file; save the listing as a file first.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise NotAListingError(f"There is no file {path}; check the name.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotAListingError(f"{path} cannot be read: {reason}.") from None
    return ListingFile(path, _kind(path, head), sha256)


def _kind(path: Path, head: bytes) -> FileKind:
    if not head.strip(b"\0 \t\r\n"):
        raise NotAListingError(f"{path.name} is empty; fetch the listing again.")
    if head.startswith(OLE_HEAD):
        raise NotAListingError(_old_office(path))
    if head.startswith(b"PK"):
        return _packed_kind(path)
    if head.startswith(b"%PDF"):
        raise NotAListingError(f"{path.name} is a PDF; the listing is needed as xlsx, csv or json.")
    if head.startswith(PACKED_HEADS):
        raise NotAListingError(f"{path.name} is a packed file; unpack it and import the listing inside.")
    if head.startswith(b"{\\rtf"):
        raise NotAListingError(f"{path.name} is a text document (rtf); the listing is needed as xlsx, csv or json.")
    text = _text(path, head).lstrip("\ufeff \t\r\n")
    start = text[:1000].lower().encode("ascii", "ignore")
    if start.startswith(b"<"):
        if b"<table" in start or b"schemas-microsoft-com" in start:
            raise NotAListingError(
                f"{path.name} is a table saved as a web page or xml; open it in a spreadsheet program, "
                "save it as .xlsx or .csv and import that."
            )
        what = "a web page" if any(mark in start for mark in HTML_MARKS) else "markup (html or xml)"
        raise NotAListingError(f"{path.name} is {what}, not a listing; download the listing itself again.")
    return FileKind.JSON if text[:1] in ("{", "[") else FileKind.TABLE


def _packed_kind(path: Path) -> FileKind:
    if archive.holds_npi_file(path):
        return FileKind.NPI_ARCHIVE
    if archive.holds_tables(path, TABLES_OF_A_PACKAGE):
        return FileKind.TABLE_ARCHIVE
    _check_archive(path)
    return FileKind.WORKBOOK


def _old_office(path: Path) -> str:
    with path.open("rb") as file:
        # The directory of streams of an encrypted workbook stands anywhere in the file, 16 MB covers every listing.
        encrypted = PASSWORD_MARK in file.read(1 << 24)
    if encrypted:
        return f"{path.name} is protected by a password; save a copy without one and import that."
    return f"{path.name} is an old Office file (.xls); save it as .xlsx or .csv and import that."


def _check_archive(path: Path) -> None:
    try:
        archive.check_workbook(path)
    except archive.ArchiveError as error:
        raise NotAListingError(f"{path.name} {error}") from None


def _text(path: Path, head: bytes) -> str:
    refused = NotAListingError(
        f"{path.name} is neither a spreadsheet nor text; the listing is needed as xlsx, csv or json."
    )
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return head[: len(head) // 4 * 4].decode("utf-32", "replace")
    if head.startswith(TEXT_BOMS[1:]):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    encoding = utf16_without_mark(head)
    if encoding:
        return head[: len(head) // 2 * 2].decode(encoding, "replace")
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
    if controls > len(head) // 20:
        raise refused
    return head.decode("utf-8-sig", "replace")


def utf16_without_mark(head: bytes) -> str:
    """The UTF-16 in which plain English begins without a byte order mark, or nothing."""
    pairs = len(head) // 2
    for encoding, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if pairs and zeros.count(0) > 0.9 * pairs and letters.count(0) == 0:
            return encoding
    return ""
