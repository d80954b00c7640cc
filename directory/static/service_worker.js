"use strict";

// Before this the server writes KEPT: the pages and files this device keeps, in one language and one edition.
const PAGES = `pages-${KEPT.language}-${KEPT.edition}`;
const LIST = `shortlist-${KEPT.language}`;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (KEPT.assets.includes(address.pathname)) event.respondWith(keptAsset(request, address));
  else if (request.mode === "navigate" && !isClosed(address)) event.respondWith(page(event, request, address));
});

self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.shortlist)) event.waitUntil(keepShortlist(event.data.shortlist));
});

async function keepAll() {
  const cache = await caches.open(PAGES);
  const wanted = [...KEPT.assets, ...KEPT.pages, KEPT.offline, KEPT.shortlist];
  await cache.addAll(wanted.map((each) => new Request(each, { cache: "no-cache", credentials: "omit" })));
}

async function dropOlder() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(`pages-${KEPT.language}-`) && name !== PAGES);
  await Promise.all(older.map((name) => caches.delete(name)));
}

function isClosed(address) {
  return KEPT.closed.some((top) => address.pathname === top || address.pathname.startsWith(`${top}/`));
}

async function keptAsset(request, address) {
  return (await caches.match(address.pathname)) ?? fetch(request);
}

// The network first, so that a page is never older than it need be. What has a query in its address is never kept.
async function page(event, request, address) {
  try {
    const answer = await fetch(request);
    if (answer.ok && !address.search && KEPT.pages.includes(address.pathname)) {
      const copy = answer.clone();
      event.waitUntil(caches.open(PAGES).then((cache) => cache.put(address.pathname, copy)));
    }
    return answer;
  } catch {
    return withoutNetwork(address);
  }
}

async function withoutNetwork(address) {
  if (address.pathname === KEPT.shortlist) {
    return (await keptIn(LIST, KEPT.shortlist)) ?? keptIn(PAGES, KEPT.shortlist);
  }
  return (await caches.match(address.pathname)) ?? (await keptIn(PAGES, KEPT.offline)) ?? Response.error();
}

async function keptIn(name, path) {
  return (await caches.open(name)).match(path);
}

// The list of this device, in place of the one kept before; a place it was searched around is not asked for.
async function keepShortlist(clinics) {
  if (!clinics.length) {
    await caches.delete(LIST);
    return;
  }
  const query = new URLSearchParams(clinics.map((id) => ["clinic", String(Number(id))]));
  const answer = await fetch(`${KEPT.shortlist}?${query}`, { cache: "no-store", credentials: "omit" });
  if (answer.ok) await (await caches.open(LIST)).put(KEPT.shortlist, answer);
}
