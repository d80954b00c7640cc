"""How soon a first view says something on a slow phone: what Lighthouse measures, and a simulated slow 3G.

python -m bench.first_view [--lighthouse FOLDER]    (FOLDER holds node_modules with lighthouse: make lighthouse)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from bench import tables
from bench.facilities import ROOT
from bench.installation import Installation

PAGES = {
    "home": "/",
    "results": "/search?q=ketamine+near+Indianapolis",
    "clinic": "/clinic/1",
    "learn": "/learn/how-it-works",
    "home, Spanish": "/es/",
    "learn, Spanish": "/es/learn/how-it-works",
}
BARS = {"performance": 95, "accessibility": 100, "best-practices": 100}
# Chrome's own "Slow 3G": 400 ms and 400 kbit/s; with a processor four times slower.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
SLOWER_PROCESSOR = 4
MOST_SECONDS = 3.0
TIMES = 3
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FIRST_TEXT = """() => new Promise((done) => {
  const seen = performance.getEntriesByName('first-contentful-paint');
  if (seen.length) done(seen[0].startTime);
  const hear = (list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => done(entry.startTime));
  if (!seen.length) new PerformanceObserver(hear).observe({ type: 'paint', buffered: true });
})"""


def main() -> None:
    """Measure the demonstration through the real server and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.first_view", description=__doc__)
    parser.add_argument("--lighthouse", type=Path, help="a folder with node_modules/.bin/lighthouse")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        installation.run("import", ROOT / "data" / "demo" / "facilities.csv", "--source", "demo", "--edition", "2026")
        with installation.serving() as (port, _process):
            address = f"http://127.0.0.1:{port}"
            _warm(address)
            if chosen.lighthouse:
                tables.show("Lighthouse, its mobile settings", *lighthouse(chosen.lighthouse, address))
            tables.show("First useful text on slow 3G, a phone four times slower", *slow_3g(address))


def lighthouse(tools: Path, address: str) -> tuple[list[str], list[list[str]]]:
    """Scores of each page, 0 to 100, beside the bars."""
    rows = []
    for name, path in PAGES.items():
        scores = _scores(tools, address + path)
        rows.append([name, *(_beside_bar(scores[part], bar) for part, bar in BARS.items())])
    return ["page", *(f"{part} (bar {bar})" for part, bar in BARS.items())], rows


def _beside_bar(score: float, bar: int) -> str:
    return f"{score:.0f}" + ("" if score >= bar else " (below)")


def slow_3g(address: str) -> tuple[list[str], list[list[str]]]:
    """Seconds to the first text, the median of a few fresh visits, and what travelled."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split()[1:])
        rows = []
        for name, path in PAGES.items():
            visits = [_visit(browser, address + path) for _ in range(TIMES)]
            seconds = statistics.median(visit[0] for visit in visits)
            late = "" if seconds <= MOST_SECONDS else " (late)"
            rows.append([name, f"{seconds:.1f}{late}", f"{visits[0][1] / 1000:.0f}", f"{visits[0][2]}"])
        browser.close()
    return ["page", f"seconds (bar {MOST_SECONDS:g})", "KB", "requests"], rows


def _warm(address: str) -> None:
    # What a server does once (read the index, compress its files) is not what a visitor waits for.
    for path in PAGES.values():
        with urlopen(address + path, timeout=60) as answer:  # noqa: S310 - our own server
            text = answer.read().decode()
        for asset in re.findall(r'(?:href|src)="(/assets/[^"]+)"', text):
            with urlopen(address + asset, timeout=60) as answer:  # noqa: S310
                answer.read()


def _visit(browser: Browser, address: str) -> tuple[float, int, int]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="block")
    page = context.new_page()
    session = context.new_cdp_session(page)
    weights: list[float] = []
    session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    page.goto(address, wait_until="load")
    seconds = page.evaluate(FIRST_TEXT) / 1000
    context.close()
    return seconds, int(sum(weights)), len(weights)


def _scores(tools: Path, address: str) -> dict[str, float]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
    command = [str(tools / "node_modules" / ".bin" / "lighthouse"), address, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(BARS)}", f"--chrome-flags={FLAGS}"]
    environment = os.environ | {"CHROME_PATH": chromium}
    # On a busy machine Chromium may not start in time; once more, then it is a fault.
    for attempt in (False, True):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=attempt, timeout=180)
        if done.returncode == 0:
            break
    found: dict[str, Any] = json.loads(done.stdout)
    for part in BARS:
        for audit in found["categories"][part]["auditRefs"]:
            one = found["audits"][audit["id"]]
            if audit["weight"] and one["score"] is not None and one["score"] < 0.9:
                sys.stderr.write(f"{address} {part}: {one['title']} {one.get('displayValue', '')}\n")
    return {part: found["categories"][part]["score"] * 100 for part in BARS}


if __name__ == "__main__":
    main()
