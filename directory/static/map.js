"use strict";

const PIN_PIXELS = 30;
const CLUSTER_PIXELS = 44;
// Positions are rounded to whole pixels, and a number of clinics has a shadow.
const APART = 4;
const METRES_IN_A_MILE = 1609.344;
const COUNTIES_FROM_ZOOM = 6;
const FAN_OUT_FROM_ZOOM = 9;
// Farther away than this the place itself is left out of the first view, which shows where the clinics are.
const FAR_IN_MILES = 900;
const MAINLAND = [[24, -125.5], [50, -66]];
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
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
    this.map = L.map(this.box, { attributionControl: false, zoomControl: false, zoomSnap: 0.5, zoomAnimation: !still.matches, markerZoomAnimation: !still.matches, minZoom: 3, maxZoom: 11, maxBounds: [[-30, -210], [80, -30]], worldCopyJump: false, trackResize: false, fadeAnimation: false });
    // At once, for Leaflet itself waits, and shows the box half drawn meanwhile.
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(this.box);
    const { zoomIn: zoomInTitle, zoomOut: zoomOutTitle } = this.box.dataset;
    L.control.zoom({ zoomInTitle, zoomOutTitle }).addTo(this.map);
    for (const [pane, level] of [["land", 300], ["counties", 310], ["states", 320], ["names", 330]]) {
      this.map.createPane(pane).style.zIndex = level;
    }
    this.map.getPane("names").style.pointerEvents = "none";
    this.around = L.layerGroup().addTo(this.map);
    this.drawn = L.layerGroup().addTo(this.map);
    this.lit = new Map();
    this.fill();
    this.map.on("zoomend", () => this.arrange());
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

  // Draw the clinics of the list, which may have changed while the map stood.
  fill() {
    this.fit();
    this.place();
    this.follow();
    this.arrange();
  }

  fit() {
    const { latitude, longitude, miles } = this.box.dataset;
    const here = latitude && L.latLng(latitude, longitude);
    const points = nearest(cards().map(point), here);
    const near = here && here.distanceTo(points[0]) < FAR_IN_MILES * METRES_IN_A_MILE;
    if (near) points.push(here);
    let bounds = L.latLngBounds(points);
    if (near && miles) bounds = bounds.extend(L.latLng(latitude, longitude).toBounds(2 * miles * METRES_IN_A_MILE));
    this.map.fitBounds(bounds, { padding: [28, 28], maxZoom: points.length > 1 ? 9.5 : 7.5, animate: false });
  }

  place() {
    const { latitude, longitude, miles, label } = this.box.dataset;
    this.around.clearLayers();
    if (!latitude) return;
    if (miles) L.circle([latitude, longitude], { radius: miles * METRES_IN_A_MILE, className: "search-circle", interactive: false, ...BARE }).addTo(this.around);
    if (!label) return;
    L.marker([latitude, longitude], { zIndexOffset: -10000, interactive: false, keyboard: false, icon: L.divIcon({ className: "map-here", iconSize: [16, 16] }) }).bindTooltip(label, { direction: "bottom", offset: [0, 8] }).addTo(this.around);
  }

  follow() {
    for (const card of cards()) {
      for (const [start, on] of [["mouseenter", true], ["focusin", true], ["mouseleave", false], ["focusout", false]]) {
        card.addEventListener(start, () => this.light(card, on));
      }
    }
  }

  // Pins that would lie on each other stand together as one number of clinics, which zooms in when it is chosen.
  arrange() {
    const held = document.activeElement?.closest?.(".map-pin") && this.lit.size > 0;
    this.drawn.clearLayers();
    this.lit.clear();
    for (const group of this.groups()) {
      if (this.stands(group)) {
        group.forEach((card, number) => this.pin(card, middleOf(group), number));
      } else {
        this.cluster(group);
      }
    }
    if (held) this.box.focus({ preventScroll: true });
  }

  // A number of clinics is wider than a pin and stands in their middle, so joining two may push a third.
  groups() {
    const groups = cards().map((card) => [card]);
    for (let first = 0; first < groups.length; first++) {
      const other = groups.findIndex((group, place) => place > first && this.touch(groups[first], group));
      if (other < 0) continue;
      groups[first].push(...groups.splice(other, 1)[0]);
      first = -1;
    }
    return groups;
  }

  touch(one, other) {
    return this.boxes(one).some((here) => this.boxes(other).some((there) =>
      Math.abs(here.x - there.x) < (here.width + there.width) / 2 + APART && Math.abs(here.y - there.y) < PIN_PIXELS + APART));
  }

  // Where a group is drawn, in pixels from the middle of each mark: one number of clinics, or pins in a row to the right.
  boxes(group) {
    const { x, y } = this.map.latLngToLayerPoint(middleOf(group));
    if (!this.stands(group)) return [{ x, y, width: CLUSTER_PIXELS }];
    return group.map((_card, before) => ({ x: x + before * (PIN_PIXELS + APART), y, width: PIN_PIXELS }));
  }

  stands(group) {
    return group.length === 1 || (this.map.getZoom() >= FAN_OUT_FROM_ZOOM && sameSpot(group));
  }

  pin(card, at, before) {
    const { pin, name, beyond } = card.dataset;
    const half = PIN_PIXELS / 2;
    const icon = L.divIcon({ className: `map-pin${beyond === undefined ? "" : " is-beyond"}`, html: pin, iconSize: [PIN_PIXELS, PIN_PIXELS], iconAnchor: [half - before * (PIN_PIXELS + APART), half] });
    const marker = this.marker([card], at, icon, `${pin}. ${name}`, () => {
      card.scrollIntoView({ block: "center" });
      const link = card.querySelector("h3 a, h1");
      if (link.href) link.focus({ preventScroll: true });
    });
    marker.bindTooltip(name, { direction: "top", offset: [before * (PIN_PIXELS + APART), -half] });
  }

  cluster(group) {
    const bounds = L.latLngBounds(group.map(point));
    const beyond = group.every((card) => card.dataset.beyond !== undefined);
    const size = [CLUSTER_PIXELS, PIN_PIXELS];
    const icon = L.divIcon({ className: `map-pin map-cluster${beyond ? " is-beyond" : ""}`, html: `×${group.length}`, iconSize: size });
    const named = group.map((card) => `${card.dataset.pin}. ${card.dataset.name}`).join("; ");
    const marker = this.marker(group, bounds.getCenter(), icon, this.box.dataset.together.replace("{clinics}", named), () => {
      const zoom = Math.min(11, Math.max(this.map.getZoom() + 2, sameSpot(group) ? FAN_OUT_FROM_ZOOM : this.map.getBoundsZoom(bounds.pad(0.4))));
      this.map.setView(bounds.getCenter(), zoom, { animate: false });
    });
    marker.bindTooltip(group.map((card) => card.dataset.pin).join(", "), { direction: "top", offset: [0, -PIN_PIXELS / 2] });
  }

  marker(group, at, icon, label, chosen) {
    const marker = L.marker(at, { icon, riseOnHover: true, zIndexOffset: -Number(group[0].dataset.pin) }).addTo(this.drawn);
    const element = marker.getElement();
    element.setAttribute("aria-label", label);
    marker.on("click", chosen);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      chosen();
    });
    for (const card of group) {
      this.lit.set(card, element);
      for (const [start, on] of [["mouseenter", true], ["focusin", true], ["mouseleave", false], ["focusout", false]]) {
        element.addEventListener(start, () => this.light(card, on));
      }
    }
    return marker;
  }

  light(card, on) {
    card.classList.toggle("is-lit", on);
    this.lit.get(card)?.classList.toggle("is-lit", on);
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

// The nearest clinics decide what is shown first; without a place those on the mainland, where most of them are.
function nearest(points, here) {
  if (here) {
    const far = points.map((spot) => here.distanceTo(spot)).sort((one, other) => one - other);
    const limit = 2.5 * far[Math.floor(far.length / 2)];
    return [...points].sort((one, other) => here.distanceTo(one) - here.distanceTo(other)).filter((spot) => here.distanceTo(spot) <= limit);
  }
  const mainland = points.filter((spot) => L.latLngBounds(MAINLAND).contains(spot));
  return mainland.length * 2 >= points.length ? mainland : points;
}

function sameSpot(group) {
  return new Set(group.map((card) => point(card).map((degrees) => degrees.toFixed(2)).join())).size === 1;
}

function middleOf(group) {
  return L.latLngBounds(group.map(point)).getCenter();
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
    if (open) map.draw();
  };
  if (button) {
    button.addEventListener("click", () => {
      show(side.hidden);
      if (!side.hidden) side.scrollIntoView({ block: "nearest" });
    });
  }
  const fitted = () => show(wide.matches || !button);
  wide.addEventListener("change", fitted);
  fitted();
  document.addEventListener("results:changed", () => {
    if (box.isConnected && map.map) map.fill();
  });
}

const prepared = new WeakSet();

function prepareMaps() {
  for (const box of document.querySelectorAll("[data-map]")) {
    if (!prepared.has(box)) prepareMap(box);
    prepared.add(box);
  }
}

document.addEventListener("results:changed", prepareMaps);
prepareMaps();
