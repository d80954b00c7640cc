"""Workbook archives: what a zip really holds, measured before a spreadsheet library trusts it."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, BinaryIO

MOST_BYTES = 256 << 20
# The registry of NPIs unpacks to 9 GB and is read as a stream, so that its cap guards time only.
MOST_NPI_BYTES = 32 << 30
MOST_PARTS = 2000
MOST_COLUMNS = 1000
MOST_ROWS = 1_048_576
MOST_CELLS = 50_000_000
CHUNK = 1 << 20
CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]{1,9})(\d{1,12})["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d{1,12})["']""")
LONGEST_TAG = 1 << 16
LOCAL_HEADER = struct.Struct("<4s22xHH")
SHEETS = ("xl/worksheets/",)
OPEN_DOCUMENT = "content.xml"
OPEN_PART = re.compile(rb"<table:(table-row|(?:covered-)?table-cell)\b([^>]*)>")
OPEN_REPEATED = re.compile(rb"""table:number-(?:rows|columns)-repeated\s*=\s*["'](\d{1,12})["']""")
NPI_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?"?NPI"?,')


class ArchiveError(ValueError):
    """The archive is no workbook that can be opened safely; the message goes on after the file's name."""


def check_workbook(path: Path) -> None:
    """Inflate every part of an xlsx with a cap, in bounded memory; raises ArchiveError.

    Declared sizes are not believed: a part is inflated from its raw bytes. Cells far out are refused too, because the
    spreadsheet library lays a sheet out as one full rectangle up to the last cell.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        raise ArchiveError("is a damaged or cut-off file (xlsx, ods or zip); fetch it again.") from None
    names = {part.filename for part in parts}
    names = {name.lower().lstrip("/").replace("\\", "/") for name in names}
    if "xl/workbook.bin" in names:
        raise ArchiveError("is a spreadsheet of another kind (.xlsb); save it as .xlsx and import that.")
    if not names & {"xl/workbook.xml", OPEN_DOCUMENT}:
        raise ArchiveError("is a zip archive but no xlsx workbook; unpack it and import the listing inside.")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise ArchiveError(_too_large())
    with path.open("rb") as file:
        left = MOST_BYTES
        for part in parts:
            left -= _measure(file, part, left)


def holds_npi_file(path: Path) -> bool:
    """Whether a zip holds the registry of NPIs as csv, told by its heading; False also for what is no zip."""
    try:
        with zipfile.ZipFile(path) as packed:
            return bool(npi_member(packed))
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, struct.error):
        return False


def npi_member(packed: zipfile.ZipFile) -> str:
    """The largest csv of an archive where its first heading is NPI, else nothing; others beside it explain it."""
    tables = [part for part in packed.infolist() if part.filename.lower().endswith(".csv")]
    if not tables:
        return ""
    largest = max(tables, key=lambda part: part.file_size)
    with packed.open(largest) as stream:
        return largest.filename if NPI_HEAD.match(stream.read(64)) else ""


def holds_tables(path: Path, names: Collection[str], least: int = 2) -> bool:
    """Whether a zip holds a csv of so many of these names; False also for what is no zip."""
    try:
        with zipfile.ZipFile(path) as packed:
            met = {PurePosixPath(part.filename).name.lower() for part in packed.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return False
    return sum(f"{name}.csv" in met for name in names) >= least


@contextmanager
def as_file(path: Path, names: Collection[str]) -> Iterator[Path]:
    """A folder with csv files of these names as the zip it could be, the same to the byte; a file as it is."""
    if not (path.is_dir() and any((path / f"{name}.csv").is_file() for name in names)):
        yield path
        return
    with TemporaryDirectory() as folder:
        whole = Path(folder) / f"{path.resolve().name}.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
            tables = [part for part in path.iterdir() if part.suffix.lower() in (".csv", ".json") and part.is_file()]
            for part in sorted(tables):
                packed.writestr(zipfile.ZipInfo(part.name), part.read_bytes(), zipfile.ZIP_DEFLATED)
        yield whole


def unpack_tables(path: Path, folder: Path, *others: str) -> None:
    """Unpack the csv files of a zip, and others by name, from whichever folder has most of them; raises ArchiveError.

    Names are used without their folders, so that nothing is written elsewhere; sizes are counted as they unpack.
    """
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as packed:
            parts = [part for part in packed.infolist() if part.filename.lower().endswith((".csv", *others))]
            folders = Counter(PurePosixPath(part.filename).parent for part in parts)
            chosen = folders.most_common(1)[0][0] if folders else PurePosixPath()
            for part in parts:
                if PurePosixPath(part.filename).parent != chosen:
                    continue
                name = PurePosixPath(part.filename).name.lower()
                with packed.open(part) as stream, (folder / name).open("wb") as unpacked:
                    while piece := stream.read(CHUNK):
                        left -= len(piece)
                        if left < 0:
                            raise ArchiveError(_too_large())
                        unpacked.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error):
        raise ArchiveError("is a damaged or cut-off zip; fetch it again.") from None
    except RuntimeError:
        raise ArchiveError("is protected by a password; save a copy without one.") from None


class Capped:
    """An unpacked stream that raises ArchiveError beyond the most an NPI file unpacks to, whatever its zip declares."""

    def __init__(self, stream: IO[bytes], most: int = MOST_NPI_BYTES) -> None:
        self._stream = stream
        self._left = most
        self._most = most

    def read(self, count: int) -> bytes:
        """At most so many bytes, none at the end."""
        piece = self._stream.read(count)
        self._left -= len(piece)
        if self._left < 0:
            raise ArchiveError(f"unpacks to more than {self._most >> 30} GB, far more than the registry of NPIs.")
        return piece


def _too_large() -> str:
    return f"unpacks to more than {MOST_BYTES >> 20} MB, far more than any listing, and is not opened."


def _measure(file: BinaryIO, part: zipfile.ZipInfo, left: int) -> int:
    if part.flag_bits & 1:
        raise ArchiveError("is protected by a password; save a copy without one and import that.")
    is_open = part.filename == OPEN_DOCUMENT
    extent: Extent | OpenExtent = OpenExtent() if is_open else Extent()
    is_sheet = is_open or part.filename.lower().startswith(SHEETS)
    size, checksum = 0, 0
    for piece in _inflated(file, part):
        size += len(piece)
        if size > left:
            raise ArchiveError(_too_large())
        checksum = zlib.crc32(piece, checksum)
        if is_sheet:
            extent.add(piece)
    if checksum != part.CRC:
        raise ArchiveError("is a damaged xlsx file (a checksum does not match); fetch it again.")
    return size


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise ArchiveError("is a damaged or cut-off file (xlsx, ods or zip); fetch it again.")
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    file.seek(name_length + extra_length, 1)
    unread = part.compress_size
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError("is packed in a way no spreadsheet program uses; save it as .xlsx again.")
    inflater = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while unread > 0:
        raw = file.read(min(CHUNK, unread))
        if not raw:
            raise ArchiveError("is a cut-off xlsx file; fetch it again.")
        unread -= len(raw)
        if inflater is None:
            yield raw
            continue
        try:
            while raw:
                yield inflater.decompress(raw, CHUNK)
                raw = inflater.unconsumed_tail
        except zlib.error:
            raise ArchiveError("is a damaged xlsx file; fetch it again.") from None
    if inflater is not None:
        yield inflater.flush()


class Extent:
    """The rectangle that a worksheet's cells span, taken from its XML as it streams by."""

    def __init__(self) -> None:
        self.columns = 0
        self.rows = 0
        self._rest = b""

    def add(self, piece: bytes) -> None:
        """Take in a piece of the sheet; raises ArchiveError once the rectangle is beyond any listing."""
        text = self._rest + piece
        for match in CELL.finditer(text):
            letters, row = match.groups()
            self.columns = max(self.columns, _column(letters))
            self.rows = max(self.rows, int(row))
        for match in ROW.finditer(text):
            self.rows = max(self.rows, int(match[1]))
        self._rest = text[-300:]
        if self.columns > MOST_COLUMNS or self.rows > MOST_ROWS or self.columns * self.rows > MOST_CELLS:
            raise ArchiveError("has a cell far outside any listing; delete the stray cells and save it again.")


class OpenExtent:
    """The cells of an OpenDocument sheet with all its repeats, which a library writes out one by one."""

    def __init__(self) -> None:
        self._rest = b""
        self._cells = self._repeats = self._width = self._empty = 0

    def add(self, piece: bytes) -> None:
        """Take in a piece of the document; raises ArchiveError once its cells are beyond any listing."""
        text = self._rest + piece
        end = text.rfind(b">") + 1
        for match in OPEN_PART.finditer(text, 0, end):
            kind, said = match.groups()
            repeated = OPEN_REPEATED.search(said)
            count = int(repeated[1]) if repeated else 1
            if kind == b"table-row":
                self._repeats, self._width, self._empty = count, 0, 0
            elif said.endswith(b"/"):
                self._empty += count
            else:
                added = self._empty + count
                self._width, self._empty = self._width + added, 0
                self._cells += added * self._repeats
                if self._width > MOST_COLUMNS or self._cells > MOST_CELLS or self._repeats > MOST_ROWS:
                    raise ArchiveError("has a cell far outside any listing; delete the stray cells and save it again.")
        self._rest = text[max(end, len(text) - LONGEST_TAG) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
