"""Imports: a listing cold and again, and the index of all editions, each by its command, Python's start included."""

from __future__ import annotations

from bench import tables
from bench.installation import FailedError, Installation, editions, facilities_in


def show(installation: Installation, first: Installation) -> bool:
    """Measure into two empty installations and print; the former holds all editions afterwards.

    False where an import failed, so that nothing that needs its facilities is tried.
    """
    listings, said = editions()
    newest_mental_health = next((path for path in listings if path.name == "mh-2023.xlsx"), listings[-1])
    rows = []
    try:
        for title in ("cold", "again"):
            done = first.run("import", newest_mental_health, "--json")
            read = f"{facilities_in(done.printed):,} rows"
            rows.append([f"import of {newest_mental_health.name}, {title}", f"{done.seconds:.2f}", read])
        for path in listings:
            installation.run("import", path, "--json")
        done = installation.run("index", "rebuild")
        rows.append([f"index rebuild after all {len(listings)}", f"{done.seconds:.2f}", done.printed.strip()])
    except FailedError as error:
        print(f"\nImports stopped: {error}")
        return False
    tables.show(f"Imports and index of {said}", ["what", "seconds", "of"], rows)
    return True
