// The site without a network: everything it is made of, kept by the browser, each file once. Another version has other
// names for what has changed, and takes over once no page of the old one is open. The builder writes FILES above this.
const NAME = `handgrad ${registration.scope}`;

// What a page has fetched is there already; the page itself is the one file whose name stays.
async function fetchRest() {
  const cache = await caches.open(NAME);
  const isThere = await Promise.all(FILES.map((file) => file !== "./" && cache.match(file)));
  // What the browser has of it, it need not ask for again: a name that holds its content is never another's.
  const ask = (file) => new Request(file, { cache: file === "./" ? "no-cache" : "force-cache" });
  await cache.addAll(FILES.filter((_, place) => !isThere[place]).map(ask));
}

async function removeOld() {
  const cache = await caches.open(NAME);
  const wanted = new Set(FILES.map((file) => new URL(file, registration.scope).href));
  const isMemory = (url) => url.startsWith(`${registration.scope}memory?`); // which the page removes
  for (const { url } of await cache.keys()) if (!wanted.has(url) && !isMemory(url)) await cache.delete(url);
  const old = (name) => name.startsWith(`${NAME} `); // of versions that had a cache each
  for (const name of await caches.keys()) if (old(name)) await caches.delete(name);
}

addEventListener("install", (/** @type {ExtendableEvent} */ event) => event.waitUntil(fetchRest()));
addEventListener("activate", (/** @type {ExtendableEvent} */ event) => event.waitUntil(removeOld().then(() => clients.claim())));

addEventListener("fetch", (/** @type {FetchEvent} */ event) => {
  if (event.request.method !== "GET" || !event.request.url.startsWith(registration.scope)) return;
  event.respondWith(
    caches
      .open(NAME)
      .then((cache) => cache.match(event.request, { ignoreSearch: true }))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
