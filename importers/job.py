"""Job: one import from file to index, and what can be decided about it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy.orm import Session

from directory.catalogue.lease import Lease, lease
from directory.catalogue.publish import Accepted, publish
from directory.catalogue.record import Batch
from directory.catalogue.report import ImportReport
from directory.catalogue.run import Decision, RunError, RunState, discard, held_run, run_numbered
from directory.catalogue.schema import upgrade
from directory.catalogue.session import Catalogue
from directory.catalogue.undo import undo
from directory.config import Settings, load_settings
from directory.index.generation import Generation, built_beside, rebuild, status
from directory.places.gazetteer import Gazetteer
from directory.sentence import Sentence
from importers.archive import as_file
from importers.listing_file import TABLES_OF_A_PACKAGE
from importers.mapping import keep_mapping, kept_mappings
from importers.raw_files import RawFiles
from importers.recognise import open_listing
from importers.run_log import RunLog

# What was taken back or left leaves nothing to read again.
REPLAYED = (RunState.PUBLISHED, RunState.HISTORY, RunState.HELD, RunState.UNDONE)


@dataclass(frozen=True, slots=True)
class Order:
    """What to import: a file with what is known of it, and the decision that it shall be published all the same."""

    file: Path
    source_id: str | None = None
    edition: str | None = None
    accepted: Accepted | None = None
    name: str = ""
    mapping: Path | None = None


class Job:
    """The rooms an import goes through; `log` says how it goes, and others at work are waited for `patience` s."""

    def __init__(self, settings: Settings, log: RunLog, patience: float = 0.0) -> None:
        self.settings = settings
        self.log = log
        self.patience = patience
        self._held: Lease | None = None

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue at the newest schema; opened when it is needed, as a bad file never needs it."""
        opened = Catalogue(self.settings.database_url)
        upgrade(opened)
        return opened

    def close(self) -> None:
        """Give back what was opened."""
        if "catalogue" in self.__dict__:
            self.catalogue.close()

    @contextmanager
    def alone(self) -> Iterator[Lease]:
        """Hold the lease of imports for the block, or go on holding it. Raises LeaseTakenError."""
        if self._held is not None:
            yield self._held
            return
        with lease(self.catalogue, patience=self.patience, waiting=self.log.say) as held:
            self._held = held
            try:
                yield held
            finally:
                self._held = None

    @property
    def raw_files(self) -> RawFiles:
        """Where imported files are kept."""
        return RawFiles(self.settings.home / "raw")

    def publish(self, order: Order, *, dry_run: bool = False) -> ImportReport:
        """Read, check, publish and index. Raises PlainError; nothing is changed then."""
        with as_file(order.file, TABLES_OF_A_PACKAGE) as file:
            return self._publish(replace(order, file=file), dry_run)

    def _publish(self, order: Order, dry_run: bool) -> ImportReport:
        gazetteer = Gazetteer.load(self.settings.home)
        batch = open_listing(
            order.file,
            source_id=order.source_id,
            edition=order.edition,
            gazetteer=gazetteer,
            imports=self.settings.imports,
            mapping=order.mapping,
            mappings=kept_mappings(self.settings.home),
        )
        batch.file_name = order.name or batch.file_name
        if dry_run:
            return self._read(batch, gazetteer, order, dry_run=True)
        with self.alone() as held:
            self.raw_files.keep(order.file, batch.file_sha256)
            if order.mapping is not None:
                # The next list of these headings is read by it, and a run can be read again.
                keep_mapping(self.settings.home, order.mapping)
            with self._index_beside(held) as built:
                report = self._read(batch, gazetteer, order, held=held, built=built)
            self._index()
        return report

    def _read(
        self,
        batch: Batch,
        gazetteer: Gazetteer,
        order: Order,
        *,
        dry_run: bool = False,
        held: Lease | None = None,
        built: Callable[[Session], None] | None = None,
    ) -> ImportReport:
        with self.log.progress(f"Reading {batch.file_name}", batch.expected_rows) as told:

            def progress(done: int) -> None:
                if held is not None:
                    held.check()
                told(done)

            return publish(
                self.catalogue,
                batch,
                gazetteer,
                self.settings,
                dry_run=dry_run,
                progress=progress,
                checked=True,
                accepted=order.accepted,
                before_commit=built,
            )

    def replay(self, run_id: int, decision: Decision | None = None) -> Order:
        """The order to read a run's kept file again; with a decision the held run itself is published.

        Raises RunError and RawFileError.
        """
        if decision is not None:
            decision.check()
        with self.catalogue.reading() as session:
            run = held_run(session, run_id) if decision else run_numbered(session, run_id)
            if run.state not in REPLAYED:
                raise RunError(
                    Sentence(
                        "run %(number)s is %(state)s; there is nothing in it to read again",
                        number=run_id,
                        state=RunState(run.state).plain,
                    )
                )
            file = self.raw_files.path(run.file_sha256, run.file_name)
            accepted = Accepted(decision, run_id) if decision else None
            return Order(file, run.source_id, run.edition, accepted, run.file_name)

    def discard(self, run_id: int, decision: Decision) -> str:
        """Leave a held run for good; what to say of it. Raises RunError."""
        with self.catalogue.writing() as session:
            run = discard(session, run_id, decision)
            return f"Run {run_id} ({run.file_name}) is discarded; the directory is as it was."

    def undo(self, run_id: int, decision: Decision) -> str:
        """Take a published run back and index; what to say of it. Raises RunError."""
        with self.alone() as held:
            gazetteer = Gazetteer.load(self.settings.home)
            with self._index_beside(held) as built:
                report = undo(self.catalogue, run_id, decision, gazetteer, self.settings, before_commit=built)
            self._index()
        return report.as_text()

    @contextmanager
    def _index_beside(self, held: Lease) -> Iterator[Callable[[Session], None]]:
        """What builds the index of a run before the run is committed; it serves as soon as the block ends well."""
        with ExitStack() as stack:
            built: list[Callable[[], Generation]] = []

            def build(session: Session) -> None:
                checking = built_beside(session, self.settings.index_dir, progress=lambda _: held.check())
                built.append(stack.enter_context(checking))

            yield build
            for serve in built:
                serve()

    def _index(self) -> None:
        """Mend an index that is behind all the same: a job before this one was killed, or people decided something."""
        if any(line.startswith("MEND") for line in status(self.catalogue, self.settings.index_dir)):
            with self.log.progress("Building the index", None) as progress:
                rebuild(self.catalogue, self.settings.index_dir, progress=progress)


@contextmanager
def open_job(log: RunLog, patience: float = 0.0) -> Iterator[Job]:
    """A job over this installation."""
    job = Job(load_settings(), log, patience)
    try:
        yield job
    finally:
        job.close()
