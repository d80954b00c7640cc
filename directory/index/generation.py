"""Generations: the index is built beside the one that serves, checked, and swapped in by one atomic rename.

index/current     the number of the generation that serves
index/7/          a generation: columns, lexicon, words/ (Whoosh) and manifest.json, written last
index/building-…  a build under way, or what a killed one left; the next build clears it
index/lock        held while a generation is built
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import math
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.catalogue.codes import code_list
from directory.catalogue.merged import decided_by_people
from directory.catalogue.models import Facility
from directory.catalogue.session import Catalogue
from directory.config import DATA
from directory.education.page import load_pages
from directory.errors import PlainError
from directory.index.codec import Scores
from directory.index.columns import Bits, Columns, FacilityRow, Rows, bits_of, in_row_order
from directory.index.lexicon import Lexicon
from directory.index.pages import FoundPage, all_pages, find_pages, stems_of
from directory.index.postings import LENGTH_OF_BYTE, WordIndex, write_changes, write_new
from directory.index.schema import FACILITY_FIELDS, PageText
from directory.index.words import folded, words_of

Made = TypeVar("Made")

FORMAT = 5
POINTER = "current"
MANIFEST = "manifest.json"
KEPT = 2
WORDS_KEPT = 1024
ANSWERS_KEPT = 256
# A word in the labels of codes that so large a part of all clinics has tells none of them apart.
COMMON_SERVICE = 1 / 3


class IndexMissingError(PlainError):
    """No index was built yet."""


class IndexDamagedError(PlainError):
    """A generation is not what its manifest says."""


@dataclass(frozen=True, slots=True)
class WordMatch:
    """Facilities that have a word: rows ascending, the BM25F score of each, the rows as a bitset, the best score."""

    rows: Rows
    scores: Scores
    bits: Bits
    best: float

    @classmethod
    def of(cls, scores: Scores) -> WordMatch:
        """The match of a score for every row, 0 for those that do not match."""
        having = scores > 0
        rows = np.flatnonzero(having)
        bits = bits_of(having) if len(scores) else np.zeros(0, dtype=np.uint64)
        return cls(rows.astype(np.int32), scores[rows], bits, float(scores.max()) if len(rows) else 0.0)


class Generation:
    """One generation of the index, opened for reading and safe across threads."""

    def __init__(self, folder: Path) -> None:
        """Open a generation. Raises IndexDamagedError where a file is missing or has another size."""
        self.folder = folder
        self.number = int(folder.name) if folder.name.isdigit() else 0
        self.manifest = _read_manifest(folder)
        for name, (size, _) in self.manifest["files"].items():
            path = folder / name
            if not path.exists() or path.stat().st_size != size:
                raise _damaged(folder, name)
        try:
            self.columns = Columns.load(folder)
            self._index = WordIndex(folder / "words")
        except Exception as error:
            # Whoosh's files are pickles, and what a wrong one raises is anybody's guess.
            raise _damaged(folder, f"{type(error).__name__}: {error}") from error
        self._lock = threading.Lock()
        self._match = lru_cache(maxsize=WORDS_KEPT)(self._read_match)
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._keeping = threading.Lock()

    @property
    def facilities(self) -> int:
        """How many facilities it holds."""
        return int(self.manifest["facilities"])

    @property
    def runs(self) -> tuple[int, int]:
        """What `shown_runs` was of the catalogue that it was built from."""
        changed, withdrawn = self.manifest["runs"]
        return changed, withdrawn

    @property
    def pages(self) -> int:
        """How many education pages it holds."""
        return int(self.manifest["pages"])

    @cached_property
    def lexicon(self) -> Lexicon:
        """Its words, for spelling and suggestions; read when first asked for."""
        return Lexicon.load(self.folder)

    @cached_property
    def name_lines(self) -> list[str]:
        """The facilities' names by rank in name order."""
        return self.columns.name_lines()

    @cached_property
    def names(self) -> tuple[list[str], list[str]]:
        """Every name that a facility has, once: as looked up (folded), in order, and as written."""
        written = {folded(name): name for name in reversed(self.name_lines)}
        keys = sorted(written)
        return keys, [written[key] for key in keys]

    @cached_property
    def service_words(self) -> dict[str, tuple[str, ...]]:
        """Each word of a service's label, with the codes it stands for."""
        codes: dict[str, list[str]] = {}
        for service in code_list():
            for word in {*words_of(service.name), *words_of(service.plain)}:
                codes.setdefault(word, []).append(service.code)
        return {word: tuple(found) for word, found in codes.items()}

    def match(self, word: str, boosts: tuple[float, ...], service_boost: float = 0.0) -> WordMatch:
        """The facilities with a word; `boosts` weigh the fields of FACILITY_FIELDS, `service_boost` service labels."""
        return self._match(word, boosts, service_boost)

    def kept(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made for a key before, or made now; the longest unused is forgotten first."""
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: Made = self._kept[key]
                return found
        made = make()
        with self._keeping:
            self._kept[key] = made
            if len(self._kept) > ANSWERS_KEPT:
                self._kept.popitem(last=False)
        return made

    def find_pages(
        self, stems: tuple[str, ...], language: str, boosts: tuple[tuple[str, float], ...]
    ) -> list[FoundPage]:
        """Education pages with any of these stems, best first; `boosts` weigh the fields of PAGE_FIELDS."""
        return self.kept(("pages", stems, language), lambda: self._read_pages(stems, language, boosts))

    @cached_property
    def page_titles(self) -> dict[str, dict[str, FoundPage]]:
        """Every page by language and slug."""
        with self._lock:
            languages = sorted(self.manifest["languages"])
            return {language: {page.slug: page for page in all_pages(self._index, language)} for language in languages}

    def forget(self) -> None:
        """Empty every cache, as after opening."""
        self._match.cache_clear()
        with self._keeping:
            self._kept.clear()

    def damage(self) -> list[str]:
        """The files that are not byte for byte what was built; every file is read."""
        return [name for name, (_, digest) in self.manifest["files"].items() if _digest(self.folder / name) != digest]

    @cached_property
    def name_lengths(self) -> NDArray[np.float32]:
        """How many words each row's name has."""
        lengths = np.zeros(self.columns.count + 1, dtype=np.float32)
        lengths[self.columns.documents] = LENGTH_OF_BYTE[self.columns.lengths[FACILITY_FIELDS.index("name")]]
        return lengths[:-1]

    def _read_match(self, word: str, boosts: tuple[float, ...], service_boost: float) -> WordMatch:
        columns = self.columns
        scores = np.zeros(columns.count + 1, dtype=np.float32)
        for number, (field, boost) in enumerate(zip(FACILITY_FIELDS, boosts, strict=True)):
            if not boost:
                continue
            with self._lock:
                documents, found = self._index.contributions(field, word, self._lengths[number])
            if len(documents):
                # Row -1, a deleted document, falls on the spare last place.
                scores[columns.documents[documents]] += np.float32(boost) * found
        scores = scores[:-1]
        if service_boost and word in self.service_words:
            self._add_services(scores, word, service_boost)
        return WordMatch.of(scores)

    def _add_services(self, scores: Scores, word: str, boost: float) -> None:
        bits = self.columns.code_bits(self.service_words[word])
        having = np.unpackbits(bits.view(np.uint8), bitorder="little", count=self.columns.count).view(np.bool_)
        count = int(having.sum())
        if 0 < count < self.columns.count * COMMON_SERVICE:
            scores[having] += np.float32(boost * (math.log(self.columns.count / (count + 1)) + 1))

    @cached_property
    def _lengths(self) -> NDArray[np.float32]:
        return LENGTH_OF_BYTE[self.columns.lengths]

    def _read_pages(
        self, stems: tuple[str, ...], language: str, boosts: tuple[tuple[str, float], ...]
    ) -> list[FoundPage]:
        with self._lock:
            return find_pages(self._index, stems, language, dict(boosts), limit=20)

    def stems(self, text: str, language: str) -> tuple[str, ...]:
        """The stems of a text that pages of a language are searched for."""
        return tuple(stems_of(text, language))

    def close(self) -> None:
        """Give back the files; only for a generation nobody reads any longer."""
        self._index.close()


def rebuild(
    catalogue: Catalogue,
    index_dir: Path,
    education_pages: Sequence[PageText] | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> Generation:
    """Build the index anew from the catalogue and put it in service. Two rebuilds at once wait for each other.

    `education_pages` None takes those of data/education. `progress` hears the number of facilities read so far.
    """
    with catalogue.reading() as session, built_beside(session, index_dir, education_pages, progress) as serve:
        return serve()


@contextmanager
def built_beside(
    session: Session,
    index_dir: Path,
    education_pages: Sequence[PageText] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Callable[[], Generation]]:
    """Build the index anew from what a session sees, be it committed or not; what is given puts it in service.

    Nobody else builds until the block ends; an index that was not put in service by then is gone.
    """
    with _building(index_dir) as folder:
        pages = _education_pages() if education_pages is None else education_pages
        facts: dict[str, Any] = {"made_from": _fingerprint(session, pages), "runs": shown_runs(session)}
        facilities = in_row_order(list(_read_facilities(session, progress=progress)))
        lengths = write_new(folder / "words", facilities, pages)
        documents = np.full(lengths.shape[1], -1, dtype=np.int32)
        documents[: len(facilities)] = np.arange(len(facilities), dtype=np.int32)
        Columns.build(facilities, documents, lengths).save(folder)
        Lexicon.gather(facilities, pages).save(folder)
        languages = sorted({page.language for page in pages})
        facts |= {"facilities": len(facilities), "pages": len(pages), "languages": languages}
        yield lambda: _put_in_service(folder, index_dir, facts)


def update(catalogue: Catalogue, index_dir: Path, facility_ids: Sequence[int]) -> Generation:
    """Take some facilities anew from the catalogue, into a generation that shares its other words with the current one.

    Ids that are withdrawn or gone leave the index. Cheap for hundreds of facilities; rebuild for a whole edition.
    """
    with _building(index_dir) as folder, catalogue.reading() as session:
        old = current(index_dir)
        ids = np.array(sorted(set(facility_ids)), dtype=np.int64)
        facilities = in_row_order(list(_read_facilities(session, ids=ids.tolist())))
        gone = np.flatnonzero(np.isin(old.columns.ids, ids))
        _link_words(old.folder / "words", folder / "words")
        deleted = np.flatnonzero(np.isin(old.columns.documents, gone)).tolist()
        lengths = write_changes(folder / "words", deleted, facilities)
        added = Columns.build(facilities, np.arange(len(facilities), dtype=np.int32), lengths)
        columns = old.columns.changed(ids, added)
        columns.save(folder)
        old.lexicon.joined(facilities).save(folder)
        made_from = old.manifest["made_from"] | {"catalogue": catalogue_fingerprint(session)}
        kept = {name: old.manifest[name] for name in ("pages", "languages")}
        facts = kept | {"facilities": columns.count, "made_from": made_from, "runs": shown_runs(session)}
        return _put_in_service(folder, index_dir, facts, linked=old)


_open_generations: dict[Path, tuple[tuple[int, int, int], Generation]] = {}
_opening = threading.Lock()


def current(index_dir: Path) -> Generation:
    """The generation that serves now, opened once a process; costs one stat where nothing was swapped.

    Raises IndexMissingError where none was built, IndexDamagedError where it cannot be opened.
    """
    try:
        seen = _signature(index_dir)
    except FileNotFoundError:
        raise IndexMissingError(f"there is no search index in {index_dir}; build it: directory index rebuild") from None
    known = _open_generations.get(index_dir)
    if known is not None and known[0] == seen:
        return known[1]
    with _opening:
        known = _open_generations.get(index_dir)
        if known is not None and known[0] == seen:
            return known[1]
        opened = _open_current(index_dir)
        _open_generations[index_dir] = opened
        return opened[1]


def status(catalogue: Catalogue, index_dir: Path) -> list[str]:
    """Sentences on the generation that serves; one that begins with MEND says what to do. Reads every file."""
    try:
        generation = _open_current(index_dir)[1]
    except (IndexMissingError, IndexDamagedError) as error:
        return [f"MEND {error}"]
    except FileNotFoundError:
        return [f"MEND there is no search index in {index_dir}; build it: directory index rebuild"]
    megabytes = sum(size for size, _ in generation.manifest["files"].values()) / 1e6
    counted = f"{generation.facilities} facilities, {generation.pages} pages, {megabytes:.1f} MB"
    lines = [f"generation {generation.number} of {generation.manifest['built_at']}: {counted}"]
    damaged = generation.damage()
    if damaged:
        lines.append(f"MEND damaged: {', '.join(damaged)}; build it anew: directory index rebuild")
    made_from = generation.manifest["made_from"]
    with catalogue.reading() as session:
        now = _fingerprint(session, _education_pages())
    behind = [name for name, value in now.items() if made_from[name] != value]
    if behind:
        lines.append(f"MEND behind: {', '.join(behind)} changed since; build it anew: directory index rebuild")
    generation.close()
    return lines


def catalogue_fingerprint(session: Session) -> str:
    """Changes whenever a run changed, added or withdrew a facility, or people asked, corrected or merged one."""
    shown = session.scalar(select(func.count(Facility.id)).where(Facility.withdrawn_run_id.is_(None)))
    return "/".join(str(value) for value in (shown, *shown_runs(session), *decided_by_people(session)))


# Two questions in one, for then each is read off its index; asked of one table together they read it whole.
_SHOWN_RUNS = select(
    *(select(func.max(run)).scalar_subquery() for run in (Facility.changed_run_id, Facility.withdrawn_run_id))
)


def shown_runs(session: Session) -> tuple[int, int]:
    """The newest run that changed and the newest that withdrew a facility; another run may have changed none."""
    changed, withdrawn = session.connection().execute(_SHOWN_RUNS).one()
    return changed or 0, withdrawn or 0


def _fingerprint(session: Session, pages: Sequence[PageText]) -> dict[str, str]:
    written = [(p.language, p.slug, p.title, p.summary, *p.headings, *p.questions, p.text) for p in pages]
    known = code_list()
    codes = [(known.group_of(service.code), service.code, service.name, service.plain) for service in known]
    groups = [(category.code, category.facet) for category in known.categories.values()]
    return {
        "catalogue": catalogue_fingerprint(session),
        "education pages": _text_digest(written),
        "service codes": _text_digest([codes, groups]),
    }


def _read_facilities(
    session: Session, *, ids: Sequence[int] | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[FacilityRow]:
    columns = [getattr(Facility, name) for name in FacilityRow.__dataclass_fields__]
    query = select(*columns).where(Facility.in_results()).order_by(Facility.id)
    parts = [query]
    if ids is not None:
        parts = [query.where(Facility.id.in_(ids[first : first + 500])) for first in range(0, len(ids), 500)]
    read = 0
    for part in parts:
        for row in session.execute(part).yield_per(5_000):
            yield FacilityRow(*row)
            read += 1
            if progress is not None and read % 1_000 == 0:
                progress(read)


def _education_pages() -> list[PageText]:
    folders = sorted(folder for folder in (DATA / "education").iterdir() if folder.is_dir())
    return [page for folder in folders for page in load_pages(folder, folder.name).values()]


@contextmanager
def _building(index_dir: Path) -> Iterator[Path]:
    """A fresh folder to build in, while nobody else builds; it is gone afterwards, whatever happened."""
    index_dir.mkdir(parents=True, exist_ok=True)
    with (index_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in index_dir.glob("building-*"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
        folder = Path(tempfile.mkdtemp(prefix="building-", dir=index_dir))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_service(
    folder: Path, index_dir: Path, facts: Mapping[str, Any], *, linked: Generation | None = None
) -> Generation:
    """Check, sync and name what was built; a file that is `linked`'s own keeps the digest it was written with."""
    numbers = _numbers(index_dir)
    served = _served_number(index_dir)
    number = max([0, *numbers, *([served] if served else [])]) + 1
    for marker in folder.glob("words/*WRITELOCK"):
        marker.unlink()
    built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {}
    for name in names:
        known = linked.manifest["files"].get(name) if linked is not None else None
        if known is None or linked is None or not (linked.folder / name).samefile(folder / name):
            known = [(folder / name).stat().st_size, _digest(folder / name)]
        files[name] = known
    manifest = {"format": FORMAT, "built_at": built, **facts, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _check(folder)
    folder.chmod(0o755)
    for path in [*folder.rglob("*"), folder]:
        _sync(path)
    folder.rename(index_dir / str(number))
    _write_pointer(index_dir, number)
    for other in sorted(_numbers(index_dir))[:-KEPT]:
        shutil.rmtree(index_dir / str(other), ignore_errors=True)
    return current(index_dir)


def _check(folder: Path) -> None:
    """What was written must open and count as it was meant to, before anybody is served from it."""
    generation = Generation(folder)
    counted = int((generation.columns.documents >= 0).sum()), generation.columns.count
    documents = len(generation.columns.documents)
    written = generation._index.documents
    generation.close()
    if counted != (generation.facilities, generation.facilities) or documents != written:
        raise IndexDamagedError(
            f"the new index holds {counted[0]} facilities and {written} documents instead of {generation.facilities} "
            f"and {documents}; the old one goes on serving. Is the disk full?"
        )


def _write_pointer(index_dir: Path, number: int) -> None:
    handle, name = tempfile.mkstemp(prefix="building-", dir=index_dir)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(index_dir / POINTER)
    _sync(index_dir)


def _open_current(index_dir: Path) -> tuple[tuple[int, int, int], Generation]:
    """Open what the pointer names; a generation that was cleared away meanwhile means the pointer moved on."""
    while True:
        seen = _signature(index_dir)
        number = _served_number(index_dir)
        if number is None:
            raise IndexDamagedError(
                f"{index_dir / POINTER} names no generation; build the index anew: directory index rebuild"
            )
        try:
            return seen, Generation(index_dir / str(number))
        except IndexDamagedError:
            if _signature(index_dir) == seen:
                raise


def _signature(index_dir: Path) -> tuple[int, int, int]:
    # The process is part of it: files opened before a fork share their position with the parent.
    found = os.stat(index_dir / POINTER)  # noqa: PTH116 - half the cost of Path.stat, and asked at each request
    return found.st_mtime_ns, found.st_ino, os.getpid()


def _served_number(index_dir: Path) -> int | None:
    try:
        text = (index_dir / POINTER).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None


def _numbers(index_dir: Path) -> list[int]:
    return [int(path.name) for path in index_dir.iterdir() if path.name.isdigit() and path.is_dir()]


def _link_words(old: Path, new: Path) -> None:
    new.mkdir()
    for path in old.iterdir():
        (new / path.name).hardlink_to(path)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, MANIFEST) from error
    if manifest.get("format") != FORMAT:
        raise IndexDamagedError(
            f"the search index in {folder} is of format {manifest.get('format')}, this version reads {FORMAT}; "
            "build it anew: directory index rebuild"
        )
    return manifest


def _damaged(folder: Path, what: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"the search index in {folder} is damaged ({what}); build it anew: directory index rebuild"
    )


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _text_digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
