"use strict";

const SHORTEST = 2;
const PAUSE = 120;

// An input with a list below it, after the ARIA pattern "editable combobox with list autocomplete".
class SuggestBox {
  constructor(input) {
    this.input = input;
    this.form = input.form;
    this.list = document.getElementById(input.dataset.suggestList);
    this.status = document.getElementById(input.dataset.suggestStatus);
    this.active = -1;
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.list.id], ["aria-expanded", "false"]]) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
    // The list must not take the focus away from the box before a click on it counts.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.options[Number(option.dataset.number)]);
    });
  }

  get open() {
    return !this.list.hidden;
  }

  typed() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    if (this.input.value.trim().length < SHORTEST) {
      this.close();
      return;
    }
    this.waiting = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    this.asking = new AbortController();
    const { signal } = this.asking;
    const address = `${this.input.dataset.suggest}?${new URLSearchParams({ q: this.input.value })}`;
    try {
      const answer = await fetch(address, { signal, cache: "no-store", credentials: "omit" });
      if (answer.ok) this.show(await answer.json());
      else this.close();
    } catch {
      if (!signal.aborted) this.close();
    }
  }

  show({ options, said }) {
    if (document.activeElement !== this.input) return;
    this.options = options;
    this.list.replaceChildren(...options.map((option, number) => line(option, number, this.list.id)));
    this.mark(-1);
    this.list.hidden = options.length === 0;
    this.input.setAttribute("aria-expanded", String(this.open));
    this.status.textContent = said;
  }

  close() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.mark(-1);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.status.textContent = "";
  }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Escape" && this.open) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.open) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.typed();
    } else if (event.key === "Enter" && this.open && this.active >= 0) {
      event.preventDefault();
      this.choose(this.options[this.active]);
    } else if (event.key === "Home" || event.key === "End") {
      this.mark(-1);
    } else if (event.key === "Tab" || event.key === "Enter") {
      this.close();
    }
  }

  // Beyond either end stands the box itself: nothing is marked there.
  move(step) {
    const places = this.options.length + 1;
    this.mark(((this.active + 1 + step + places) % places) - 1);
  }

  mark(number) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = this.list.children[number];
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  choose(option) {
    this.close();
    if (option.address) {
      window.location.assign(option.address);
      return;
    }
    this.input.value = option.text;
    this.input.setSelectionRange(option.text.length, option.text.length);
    if (!option.more) this.form.requestSubmit();
  }
}

function line(option, number, list) {
  const line = Object.assign(document.createElement("li"), { id: `${list}-${number}`, className: `suggestion suggestion-${option.kind}` });
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.dataset.number = number;
  for (const [className, text] of [["suggestion-label", option.label], ["suggestion-note", option.note]]) {
    line.append(Object.assign(document.createElement("span"), { className, textContent: text }), " ");
  }
  return line;
}

document.querySelectorAll("input[data-suggest]").forEach((input) => new SuggestBox(input));
