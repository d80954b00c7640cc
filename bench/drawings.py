"""Draws the site's own pictures from its icon: the app's icons, and the picture beside a link that somebody sends.

python -m bench.drawings
"""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from directory.pages.assets import OWN

ICONS = {"icon-192.png": 192, "icon-512.png": 512}
WORDS = {
    "share-en.png": ("Ketamine clinic directory", "Find the nearest clinics. Read plain facts before you decide."),
    "share-es.png": (
        "Directorio de clínicas de ketamina",
        "Encuentre las más cercanas. Lea información clara antes de decidir.",
    ),
}
SQUARE = (
    "<style>*{{margin:0}}body{{background:#0b5c7a}}svg{{width:{size}px;height:{size}px;display:block}}</style>{icon}"
)
CARD = """<style>*{{margin:0;box-sizing:border-box}}
body{{width:1200px;height:630px;background:#f2f7f9;font-family:"DejaVu Sans",sans-serif;color:#12242c}}
body{{padding:90px;display:flex;flex-direction:column;justify-content:center;gap:44px;border-bottom:24px solid #0b5c7a}}
svg{{width:132px;height:132px}}h1{{font-size:66px;line-height:1.15;letter-spacing:-1px}}
p{{font-size:36px;color:#3c5560}}</style>
{icon}<h1>{title}</h1><p>{line}</p>"""


def draw() -> None:
    """Write all pictures into directory/static."""
    icon = (OWN / "icon.svg").read_text(encoding="utf-8")
    pictures = {name: (size, size, SQUARE.format(size=size, icon=icon)) for name, size in ICONS.items()}
    for name, (title, line) in WORDS.items():
        pictures[name] = (1200, 630, CARD.format(icon=icon, title=title, line=line))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (width, height, page_text) in pictures.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_content(page_text)
            page.screenshot(path=OWN / name)
            page.close()
            sys.stdout.write(f"{name}: {(OWN / name).stat().st_size / 1024:.0f} KB\n")
        browser.close()


if __name__ == "__main__":
    draw()
