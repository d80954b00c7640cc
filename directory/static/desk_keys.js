"use strict";

const OFF = "desk-keys-off";
const ROWS = "main .rows tbody th a, main .ranks h3 a, main .cards h3 a";
const dialog = document.getElementById("keys");
const opener = document.querySelector("[data-keys-open]");
const on = dialog.querySelector("[data-keys-on]");

// A browser may forbid storage; then keys are on until the page is left.
function stored() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}
function store(off) {
  try { if (off) localStorage.setItem(OFF, "1"); else localStorage.removeItem(OFF); } catch { return; }
}

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by;
  rows[next]?.focus();
}

function act({ goes, press, write, step: by }) {
  if (goes) window.location.assign(goes);
  else if (press) document.querySelector(press)?.click();
  else if (write) document.querySelector(write)?.focus();
  else step(Number(by));
}

function heard(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing || event.defaultPrevented) return;
  if (!on.checked || dialog.open || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const row = [...dialog.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (!row) return;
  event.preventDefault();
  act(row.dataset);
}

on.checked = !stored();
on.addEventListener("change", () => store(!on.checked));
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());
document.addEventListener("keydown", heard);
// Closing the list is not yet the first half of leaving the page.
dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); });
