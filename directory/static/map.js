"use strict";

const PIN_PIXELS = 30;
const METRES_IN_A_MILE = 1609.344;
const COUNTIES_FROM_ZOOM = 6;
const wide = window.matchMedia("(min-width: 64rem)");

class ClinicMap {
  constructor(box) {
    this.box = box;
    this.stated = new Set();
  }

  async draw() {
    if (this.drawing) return this.drawing;
    this.drawing = this.start();
    return this.drawing;
  }

  async start() {
    await script(this.box.dataset.leaflet);
    this.map = L.map(this.box, { attributionControl: false, zoomSnap: 0.5, minZoom: 3, maxZoom: 11, maxBounds: [[-30, -210], [80, -30]], worldCopyJump: false, fadeAnimation: false });
    for (const [pane, level] of [["land", 300], ["counties", 310], ["states", 320], ["names", 330]]) {
      this.map.createPane(pane).style.zIndex = level;
    }
    this.map.getPane("names").style.pointerEvents = "none";
    this.fit();
    this.place();
    this.pins();
    this.map.on("zoomend moveend", () => this.counties());
    const states = await shapes(this.box.dataset.states);
    this.states = states.features;
    for (const [pane, className] of [["land", "outline-land"], ["states", "outline-state"]]) {
      L.geoJSON(states, { pane, interactive: false, style: { className, ...BARE } }).addTo(this.map);
    }
    for (const state of this.states) {
      L.marker(middle(state), { pane: "names", interactive: false, keyboard: false, icon: L.divIcon({ className: "map-name", html: state.properties.name, iconSize: [30, 18] }) }).addTo(this.map);
    }
    this.counties();
  }

  fit() {
    const points = cards().map(point);
    const { latitude, longitude, miles } = this.box.dataset;
    if (latitude) points.push([Number(latitude), Number(longitude)]);
    let bounds = L.latLngBounds(points);
    if (miles) bounds = bounds.extend(L.latLng(latitude, longitude).toBounds(2 * miles * METRES_IN_A_MILE));
    this.map.fitBounds(bounds, { padding: [28, 28], maxZoom: points.length > 1 ? 9.5 : 7.5, animate: false });
  }

  place() {
    const { latitude, longitude, miles, label } = this.box.dataset;
    if (!latitude) return;
    if (miles) L.circle([latitude, longitude], { radius: miles * METRES_IN_A_MILE, className: "search-circle", interactive: false, ...BARE }).addTo(this.map);
    if (!label) return;
    L.marker([latitude, longitude], { zIndexOffset: -10000, interactive: false, keyboard: false, icon: L.divIcon({ className: "map-here", iconSize: [16, 16] }) }).bindTooltip(label, { direction: "bottom", offset: [0, 8] }).addTo(this.map);
  }

  pins() {
    const taken = new Map();
    for (const card of cards()) {
      const { pin, name, beyond } = card.dataset;
      const spot = point(card).map((degrees) => degrees.toFixed(2)).join();
      const before = taken.get(spot) || 0;
      taken.set(spot, before + 1);
      const half = PIN_PIXELS / 2;
      const icon = L.divIcon({ className: `map-pin${beyond === undefined ? "" : " is-beyond"}`, html: pin, iconSize: [PIN_PIXELS, PIN_PIXELS], iconAnchor: [half - before * (half + 3), half] });
      const marker = L.marker(point(card), { icon, riseOnHover: true, zIndexOffset: -Number(pin) }).addTo(this.map);
      const link = card.querySelector("h3 a, h1");
      const element = marker.getElement();
      element.setAttribute("aria-label", `${pin}. ${name}`);
      marker.bindTooltip(name, { direction: "top", offset: [before * (half + 3), -half] });
      const go = () => {
        card.scrollIntoView({ block: "center" });
        if (link.href) link.focus({ preventScroll: true });
      };
      marker.on("click", go);
      element.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        go();
      });
      const light = (on) => () => { element.classList.toggle("is-lit", on); card.classList.toggle("is-lit", on); };
      for (const [start, end] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
        for (const part of [element, card]) {
          part.addEventListener(start, light(true));
          part.addEventListener(end, light(false));
        }
      }
    }
  }

  async counties() {
    if (!this.states || this.map.getZoom() < COUNTIES_FROM_ZOOM) return;
    const view = this.map.getBounds();
    for (const state of this.states) {
      const { name } = state.properties;
      if (this.stated.has(name) || !L.geoJSON(state).getBounds().intersects(view)) continue;
      this.stated.add(name);
      shapes(this.box.dataset.counties.replace("XX", name)).then((counties) => {
        L.geoJSON(counties, { pane: "counties", interactive: false, style: { className: "outline-county", ...BARE } }).addTo(this.map);
      });
    }
  }
}

// Colours come from the style sheet, so that the map follows the light and the dark scheme.
const BARE = { stroke: true, color: "", weight: "", opacity: "", fillColor: "", fillOpacity: "" };

function cards() {
  return [...document.querySelectorAll("[data-pin]")];
}

function point(card) {
  return [Number(card.dataset.latitude), Number(card.dataset.longitude)];
}

function middle(state) {
  const largest = state.geometry.coordinates.reduce((best, polygon) => (polygon[0].length > best[0].length ? polygon : best));
  return L.geoJSON({ type: "Polygon", coordinates: largest }).getBounds().getCenter();
}

async function shapes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`outlines: ${answer.status}`);
  return answer.json();
}

function script(address) {
  return new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed }));
  });
}

function prepareMap(box) {
  const side = box.closest("[data-map-side]");
  const map = new ClinicMap(box);
  const button = document.querySelector("[data-map-switch]");
  const show = (open) => {
    side.hidden = !open;
    if (button) {
      button.setAttribute("aria-expanded", open);
      button.querySelector("span").textContent = open ? button.dataset.hide : button.dataset.show;
    }
    if (open) map.draw().then(() => map.map.invalidateSize());
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      show(side.hidden);
      if (!side.hidden) side.scrollIntoView({ block: "nearest" });
    });
  }
  const fitted = () => show(wide.matches || !button);
  wide.addEventListener("change", fitted);
  fitted();
}

document.querySelectorAll("[data-map]").forEach(prepareMap);
