"use strict";

const MILE_IN_DEGREES_OF_TWO_DECIMALS = 2;

// A page left in a hurry must not come back with the back button, so its place in the history is taken over.
function leave(link) {
  document.documentElement.hidden = true;
  window.location.replace(link.href);
}

function prepareLeaving(link) {
  let escaped = -Infinity;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - escaped < 600) leave(link);
    escaped = event.timeStamp;
  });
}

// The point is rounded here, on the device: nothing finer than about a mile is ever sent.
function prepareLocating(form) {
  const row = form.querySelector("[data-locate]");
  if (!row) return;
  row.hidden = !("geolocation" in navigator) || !window.isSecureContext;
  const note = row.querySelector("[role=status]");
  row.querySelector("button").addEventListener("click", () => {
    note.classList.add("is-said");
    note.textContent = row.dataset.busy;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const near = form.elements.near || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "near" }));
        near.value = [coords.latitude, coords.longitude].map((degrees) => degrees.toFixed(MILE_IN_DEGREES_OF_TWO_DECIMALS)).join(",");
        form.requestSubmit();
      },
      () => { note.textContent = row.dataset.failed; },
      { enableHighAccuracy: false, timeout: 15000, maximumAge: 600000 },
    );
  });
}

document.querySelectorAll("[data-leave]").forEach(prepareLeaving);
document.querySelectorAll("form[data-search]").forEach(prepareLocating);
// On paper nothing can be opened, so what is folded is opened before, but not filters and reasons.
const FOLDED = "details:not([open]):not(.filters):not(.filters details):not(.why)";
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll(FOLDED)];
  unfolded.forEach((details) => { details.open = true; });
});
window.addEventListener("afterprint", () => unfolded.forEach((details) => { details.open = false; }));

document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.querySelector("span").textContent = button.dataset.done;
  });
});
document.querySelectorAll("[data-link]").forEach((field) => field.addEventListener("focus", () => field.select()));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.querySelectorAll("[data-print][hidden]").forEach((button) => { button.hidden = false; });

// Pages to read, crisis help and the shortlist open without a network: a worker keeps them, once this page is done.
const manifest = document.querySelector("link[rel=manifest][data-worker]");
if (manifest && "serviceWorker" in navigator) {
  const { worker } = manifest.dataset;
  window.addEventListener("load", () => {
    setTimeout(() => navigator.serviceWorker.register(worker).catch(() => {}), 1500);
  });
  document.addEventListener("shortlist", ({ detail }) => {
    navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ shortlist: detail }));
  });
}
