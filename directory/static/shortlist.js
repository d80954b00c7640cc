"use strict";

// The shortlist is kept in this browser and nowhere else. Without it (or where a browser forbids it) the boxes are a plain
// form, and the list lives in the address of its page.
const SHORTLIST = "shortlist";

const shortlist = {
  get clinics() {
    const kept = parsed(localStorage.getItem(SHORTLIST));
    return Array.isArray(kept) ? [...new Set(kept.filter((id) => Number.isSafeInteger(id) && id > 0))] : [];
  },

  keep(clinics) {
    if (clinics.length) localStorage.setItem(SHORTLIST, JSON.stringify(clinics));
    else localStorage.removeItem(SHORTLIST);
    told(clinics);
  },

  drop(clinic) {
    this.keep(this.clinics.filter((each) => each !== clinic));
  },
};

// Whoever keeps pages for later (site.js) hears what is on the list now.
function told(clinics) {
  document.dispatchEvent(new CustomEvent("shortlist", { detail: clinics }));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function allowed() {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
}

function say(text) {
  document.querySelectorAll("[data-kept-said]").forEach((place) => { place.textContent = text; });
}

function address(clinics) {
  return clinics.length ? `?${new URLSearchParams(clinics.map((each) => ["clinic", each]))}` : "";
}

// Every sign of the list on this page: the count beside its link, the boxes, and what the form sends.
function showShortlist() {
  const kept = shortlist.clinics;
  document.querySelectorAll("[data-shortlist-link]").forEach((link) => {
    link.href = link.href.split("?")[0] + address(kept);
    link.querySelector("[data-kept-count]").textContent = kept.length ? ` (${kept.length})` : "";
  });
  const boxes = [...document.querySelectorAll("[data-keep]")];
  boxes.forEach((box) => { box.checked = kept.includes(Number(box.value)); });
  document.querySelectorAll("[data-shortlist-form]").forEach((form) => {
    form.querySelectorAll("input[name=clinic][type=hidden]").forEach((field) => field.remove());
    const elsewhere = kept.filter((id) => !boxes.some((box) => Number(box.value) === id));
    form.append(...elsewhere.map((id) => Object.assign(document.createElement("input"), { type: "hidden", name: "clinic", value: id })));
  });
  showOwner(kept);
}

// On the list's own page: whether it is the one of this browser, or came with a link.
function showOwner(kept) {
  const page = document.querySelector("[data-shortlist-page]");
  if (!page) return;
  const shown = here(page);
  const mine = shown.length === kept.length && shown.every((id) => kept.includes(id));
  page.querySelectorAll("[data-mine]").forEach((part) => { part.hidden = !mine; });
  page.querySelectorAll("[data-not-mine]").forEach((part) => { part.hidden = mine; });
}

function here(page) {
  const sent = page.dataset.clinics.split(" ").filter(Boolean).map(Number);
  const named = new URLSearchParams(window.location.search).getAll("clinic").map(Number);
  return named.length ? sent.filter((id) => named.includes(id)) : sent;
}

// Without a network the list comes as it was when it was kept: what its address does not name any longer is taken out.
function showAsNamed(page) {
  const named = here(page);
  const gone = [...page.querySelectorAll("[data-take-off]")].filter((link) => !named.includes(Number(link.dataset.takeOff)));
  gone.forEach((link) => link.closest("li").remove());
  page.querySelectorAll("input[type=hidden]:is([name=clinic], [name=keep])").forEach((field) => {
    if (!named.includes(Number(field.value))) field.remove();
  });
  showWithoutMiles(page);
  if (gone.length) page.querySelectorAll(".sheet-head .lead, .sheet-code, #send, [href='#send']").forEach((part) => part.remove());
}

// The list that was kept was measured from nowhere; whoever asks for miles without a network is told why there are none.
function showWithoutMiles(page) {
  const near = new URLSearchParams(window.location.search).get("near")?.trim();
  const field = page.querySelector("#near");
  if (!near || !field || field.defaultValue) return;
  field.value = near;
  page.querySelector("[data-miles-offline]").hidden = false;
  field.setAttribute("aria-describedby", "near-offline near-hint");
}

function ticked(box) {
  const { most, added, removed, full } = document.querySelector("[data-shortlist-form]").dataset;
  const kept = shortlist.clinics;
  if (box.checked && kept.length >= Number(most)) {
    box.checked = false;
    say(full);
    return;
  }
  if (box.checked) shortlist.keep([...kept, Number(box.value)]);
  else shortlist.drop(Number(box.value));
  say(box.checked ? added : removed);
  showShortlist();
}

function clicked(event) {
  const chosen = event.target.closest("[data-take-off], [data-forget], [data-keep-all]");
  if (!chosen) return;
  if (chosen.matches("[data-take-off]")) {
    shortlist.drop(Number(chosen.dataset.takeOff));
    return;
  }
  const page = chosen.closest("[data-shortlist-page]");
  const kept = chosen.matches("[data-forget]") ? [] : [...new Set([...here(page), ...shortlist.clinics])];
  shortlist.keep(kept.slice(0, Number(page.dataset.most)));
  window.location.replace(page.dataset.here + address(shortlist.clinics));
}

function prepareShortlist() {
  const page = document.querySelector("[data-shortlist-page]");
  if (page && !window.location.search && shortlist.clinics.length) {
    window.location.replace(page.dataset.here + address(shortlist.clinics));
  }
  if (page) {
    showAsNamed(page);
    told(shortlist.clinics);
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keep]")) ticked(event.target);
  });
  document.addEventListener("click", clicked);
  // Going back shows a page as it was left, and another window may have changed the list.
  window.addEventListener("pageshow", showShortlist);
  window.addEventListener("storage", showShortlist);
  document.addEventListener("results:changed", showShortlist);
}

if (allowed()) prepareShortlist();
