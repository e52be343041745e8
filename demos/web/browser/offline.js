// The site without a network: everything it is made of, kept by the browser. Another version has another name, and
// takes over once no page of the old one is open. The builder writes VERSION and FILES above this.
const NAME = `handgrad ${registration.scope} ${VERSION}`;

addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES))));

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(`handgrad ${registration.scope} `) && name !== NAME;
  const remove = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(remove);
});

addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !event.request.url.startsWith(registration.scope)) return;
  event.respondWith(
    caches
      .open(NAME)
      .then((cache) => cache.match(event.request, { ignoreSearch: true }))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
