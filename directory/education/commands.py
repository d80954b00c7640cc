"""Commands about what families read."""

from __future__ import annotations

import sys

import click

from directory.config import DATA
from directory.education.reading import EASE_SPANISH, GRADE, reading_ease_spanish, reading_grade
from directory.errors import PlainError


@click.command()
@click.argument("slugs", nargs=-1, metavar="[PAGE]...")
def reading(slugs: tuple[str, ...]) -> None:
    """Show how hard each education page is to read, or only those named. Exit status 1 where one is too hard.

    English by Flesch and Kincaid as a school grade, 8 or below; Spanish by Fernández and Huerta, 60 or above.
    """
    hard = [row for row in _rows("en", slugs) if row[1] > GRADE] + [
        row for row in _rows("es", slugs) if row[1] < EASE_SPANISH
    ]
    for name, level in hard:
        click.echo(f"MEND {name} ({level:.1f}): write shorter sentences and shorter words", err=True)
    sys.exit(1 if hard else 0)


def _rows(language: str, slugs: tuple[str, ...]) -> list[tuple[str, float]]:
    from directory.education.glossary import glossary  # noqa: PLC0415 - Markdown costs a tenth of a second
    from directory.education.page import load_pages  # noqa: PLC0415

    measure, unit = (reading_grade, "grade") if language == "en" else (reading_ease_spanish, "ease")
    texts = {slug: page.text for slug, page in load_pages(DATA / "education" / language, language).items()}
    texts["words"] = "\n".join(word.meaning for word in glossary(language).words)
    for slug in slugs:
        if slug not in texts:
            raise PlainError(f"{slug}: there is no such page; pages are {', '.join(texts)}")
    rows = [(f"{language}/{slug}", measure(text)) for slug, text in texts.items() if not slugs or slug in slugs]
    for name, level in rows:
        click.echo(f"{name:<36} {unit} {level:5.1f}")
    return rows
