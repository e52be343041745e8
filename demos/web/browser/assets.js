// What the page is made of: beside it on a host, or inside it where it is one file.

export const site = JSON.parse(document.getElementById("site").textContent);

const GZIP = [0x1f, 0x8b];

function unpacked(blob) {
  return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

// A host may have unpacked it already.
async function plain(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const buffer = first === GZIP[0] && second === GZIP[1] ? await unpacked(blob) : await blob.arrayBuffer();
  return new Uint8Array(buffer);
}

// A text of base64 as bytes, a piece at a time so that the page stays awake.
async function decoded(text, tell) {
  const pieces = [];
  const size = 4 << 18;
  for (let at = 0; at < text.length; at += size) {
    const letters = atob(text.slice(at, at + size));
    const piece = new Uint8Array(letters.length);
    for (let place = 0; place < letters.length; place++) piece[place] = letters.charCodeAt(place);
    pieces.push(piece);
    tell(piece.length);
    await new Promise((done) => setTimeout(done));
  }
  return new Blob(pieces);
}

const scope = new URL("./", document.baseURI);
const isKeeping = Boolean(site.worker) && "caches" in self;

// What is fetched here is kept for a visit without a network, or the service worker would fetch it once more: a file of
// another content has another name.
async function keep(name, answer) {
  await (await caches.open(`handgrad ${scope}`)).put(new URL(name, scope), answer);
}

async function fetched(name, tell) {
  const address = new URL(name, document.baseURI);
  const kept = isKeeping ? await caches.match(address).catch(() => undefined) : undefined;
  const answer = kept ?? (await fetch(address));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  if (!kept && isKeeping) keep(name, answer.clone()).catch(() => {});
  const pieces = [];
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces);
    pieces.push(value);
    tell(value.length);
  }
}

// One asset as bytes; `tell` is told of each piece how many bytes it has.
export async function asset(name, tell = () => {}) {
  const inside = document.getElementById(`asset ${name}`);
  const blob = inside ? await decoded(inside.textContent, tell) : await fetched(site.assets[name].file, tell);
  inside?.remove();
  return plain(blob);
}

export const text = async (name) => new TextDecoder().decode(await asset(name));

// The editor, which only pages need on which one writes a program.
export const loadEditor = () =>
  IS_ALONE ? import("./editor.js") : import(new URL(site.assets["editor.js"].file, document.baseURI).href);

// The memory of a Python that has everything imported, made at the first visit and kept for the next ones, as it is three
// times what it is made from. The names of that are in its own: it fits no other.
const MEMORY = ["python.wasm", "standard.zip", "library.zip", "worker.js"];
const memoryAddress = () => new URL(`memory?${MEMORY.map((name) => site.assets[name].file)}`, scope);

export async function keptMemory() {
  if (!isKeeping) return null;
  const kept = await caches.match(memoryAddress()).catch(() => null);
  return kept ? plain(await kept.blob()) : null;
}

export async function keepMemory(memory) {
  if (!isKeeping) return;
  const cache = await caches.open(`handgrad ${scope}`);
  const own = memoryAddress();
  for (const { url } of await cache.keys()) if (url.startsWith(`${scope}memory?`)) await cache.delete(url);
  const packed = new Blob([memory]).stream().pipeThrough(new CompressionStream("gzip"));
  await cache.put(own, new Response(packed));
}
