"use strict";

// A filter that is ticked changes the list at once. The page is asked for as the button would ask for it, and its parts are
// put in place; the filters themselves stay where they are, so that neither focus nor order jumps.
class LiveFilters {
  constructor(form) {
    this.form = form;
    this.details = form.closest("[data-filters]");
    this.said = form.querySelector("[data-filter-said]");
    this.apply = form.querySelector("[data-apply]");
    this.label = this.apply.textContent;
    this.apply.textContent = this.apply.dataset.done;
    form.addEventListener("submit", (event) => {
      if (this.failed) return;
      event.preventDefault();
      this.details.open = false;
      document.querySelector("[data-part=head]").scrollIntoView({ block: "start" });
      this.details.querySelector("summary").focus({ preventScroll: true });
    });
    document.addEventListener("change", (event) => {
      if (event.target.form === form) this.ask();
    });
  }

  async ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const list = document.querySelector("[data-part=list]");
    const fields = [...new FormData(this.form)].filter(([, value]) => value);
    const address = `${this.form.getAttribute("action")}?${new URLSearchParams(fields)}`;
    list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal, cache: "no-store", credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(new DOMParser().parseFromString(await answer.text(), "text/html"), address);
    } catch {
      if (signal.aborted) return;
      this.failed = true;
      this.apply.textContent = this.label;
      this.said.textContent = list.dataset.failed;
    }
    document.querySelector("[data-part=list]").removeAttribute("aria-busy");
  }

  show(page, address) {
    history.replaceState(null, "", address);
    document.title = page.title;
    for (const name of ["understood", "head"]) part(document, name).replaceWith(document.adoptNode(part(page, name)));
    this.list(page);
    this.counts(page);
    this.said.textContent = part(document, "head").querySelector("h1, h2").textContent.trim();
    const narrowed = page.querySelectorAll("[data-narrowed]");
    document.querySelectorAll("[data-narrowed]").forEach((sign, place) => { sign.hidden = narrowed[place]?.hidden; });
    document.querySelectorAll("a.language").forEach((link, place) => {
      link.href = page.querySelectorAll("a.language")[place].href;
    });
    document.dispatchEvent(new Event("results:changed"));
  }

  // The map that stands is kept and told of its new clinics; it need not be drawn anew.
  list(page) {
    const [old, fresh] = [document, page].map((each) => part(each, "list"));
    const [map, newMap] = [old, fresh].map((each) => each.querySelector("[data-map]"));
    if (!map || !newMap) {
      old.replaceWith(document.adoptNode(fresh));
      document.querySelector("[data-map-switch]")?.toggleAttribute("hidden", !newMap);
      return;
    }
    old.querySelector("#clinics").replaceWith(document.adoptNode(fresh.querySelector("#clinics")));
    for (const name of Object.keys(map.dataset)) delete map.dataset[name];
    Object.assign(map.dataset, newMap.dataset);
  }

  counts(page) {
    for (const box of page.querySelectorAll("[data-filter-form] .form-check")) {
      const field = box.querySelector("input");
      const here = [...this.form.querySelectorAll(".form-check input")].find((other) => alike(field, other));
      if (here) {
        here.closest(".form-check").querySelector(".count")?.replaceChildren(box.querySelector(".count").textContent);
      } else {
        this.group(box)?.append(document.adoptNode(box));
      }
    }
    const there = [...page.querySelectorAll("[data-filter-form] .form-check input")];
    for (const field of this.form.querySelectorAll(".form-check input")) {
      if (!there.some((other) => alike(field, other))) field.closest(".form-check").querySelector(".count")?.replaceChildren("0");
    }
  }

  group(box) {
    const heading = box.closest("fieldset").querySelector("legend").textContent;
    return [...this.form.querySelectorAll("fieldset")].find((each) => each.querySelector("legend").textContent === heading);
  }
}

function alike(field, other) {
  return field.type === other.type && field.value === other.value;
}

function part(page, name) {
  return page.querySelector(`[data-part=${name}]`);
}

document.querySelectorAll("[data-filter-form]").forEach((form) => new LiveFilters(form));
