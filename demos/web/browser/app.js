// The pages: which one the address means, what stands above them all, and Python's coming.
import { loadEditor, site, text } from "./assets.js";
import { addressOf } from "./address.js";
import { h } from "./dom.js";
import { Engine } from "./engine.js";
import { coursePage } from "./course.js";
import { ownPage } from "./own.js";
import { practicePage } from "./practice.js";
import * as record from "./record.js";
import { hash } from "./share.js";
import { challengePage, dayPage } from "./challenge.js";
import { startPage } from "./front.js";
import { givenPage, softmaxPage } from "./reading.js";
import { Place } from "./sheets.js";

// A page that comes with the editor; what all pages have but once is given to it.
const withEditor = (name) => async (given) => (await loadEditor())[name]({ ...given, record, Place });

const PAGES = {
  "": startPage,
  course: coursePage,
  kata: withEditor("kataPage"),
  practice: practicePage,
  own: ownPage,
  paste: withEditor("pastePage"),
  paper: withEditor("paperPage"),
  challenge: challengePage,
  day: dayPage,
  softmax: softmaxPage,
};

const engine = new Engine();
const main = document.getElementById("page");
let leave = () => {};
let turn = 0;
let course;
let begin; // loading Python
let purpose = ""; // for which it is loaded, where a page says so

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

async function start() {
  await new Promise((now) => (begin = now)); // what is seen first comes first
  /** @type {HTMLProgressElement} */
  const bar = document.querySelector(".coming progress");
  const words = document.querySelector(".coming .words");
  const tell = (loaded, total) => {
    bar.value = loaded / total;
    words.textContent = loaded < total ? `Loading Python${purpose}: ${megabytes(loaded)} of ${megabytes(total)} MB` : "Starting Python";
  };
  tell(0, 1);
  if (document.documentElement.dataset.unable) throw new Error("This browser cannot run Python.");
  await engine.load(tell);
  document.documentElement.dataset.python = engine.way;
  document.querySelector(".coming").toggleAttribute("hidden", true);
  return engine;
}

function fail(error) {
  if (document.documentElement.dataset.unable) return; // which is said already
  const coming = document.querySelector(".coming");
  coming.querySelector("progress").hidden = true;
  coming.classList.add("failed");
  coming.querySelector(".words").replaceChildren(
    "Python did not start: ",
    h("span", {}, String(error.message).split("\n").at(-1).slice(0, 200)),
    " ",
    h("button", { type: "button", onclick: () => location.reload() }, "Try again"),
  );
}

// Its text, where a page is about it.
async function loadCourse() {
  return site.assets["course.json"] ? JSON.parse(await text("course.json")) : { katas: [], belts: [] };
}

async function show() {
  const [kind, ...rest] = location.hash.split("?")[0].replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  leave();
  document.documentElement.classList.toggle("bare", hash.read().has("bare"));
  const own = ++turn;
  const address = addressOf(own);
  const open = site.given ? givenPage : (PAGES[kind] ?? startPage);
  if (open !== startPage) {
    begin();
    course = await (course ?? loadCourse());
  }
  const page = await open({ engine: ready, address, begin, course, rest });
  if (own !== turn) return page.leave?.();
  leave = () => page.leave?.();
  purpose = page.purpose ?? "";
  main.replaceChildren(page.element);
  main.dataset.place = location.hash;
  document.title = page.title ? `${page.title} - handgrad` : "handgrad";
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".top nav a"))) {
    const isHere = link.hash === `#/${kind}` || (["kata", "paper"].includes(kind) && link.hash === "#/course");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  await page.open?.(); // where it has its width
}

const ready = start();
ready.catch(fail);
window.handgrad = { ask: async (message) => (await ready).ask(message), ready };
record.load();
addEventListener("hashchange", show);
await show();
// For a later visit without a network; after Python is there, as it fetches the same again.
if (site.worker && "serviceWorker" in navigator) ready.then(() => navigator.serviceWorker.register(site.worker)).catch(() => {});
