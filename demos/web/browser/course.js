// The course: belts and katas, what has passed, and taking it elsewhere.
import { h, html } from "./dom.js";
import * as record from "./record.js";

function entry(kata) {
  const passed = record.hasPassed(kata.name);
  const begun = !passed && record.answerOf(kata.name) !== undefined;
  return h(
    "li",
    { className: passed ? "passed" : begun ? "begun" : "" },
    h(
      "a",
      { href: `#/kata/${kata.name}` },
      h("span", { className: "number" }, String(kata.number)),
      h("span", { className: "title" }, kata.title),
      kata.needsNumpy ? h("span", { className: "tag" }, "NumPy") : null,
      h("span", { className: "state" }, passed ? "passed" : begun ? "begun" : ""),
    ),
  );
}

function belt({ name, title, about }, katas) {
  const passed = katas.filter((kata) => record.hasPassed(kata.name)).length;
  return h(
    "section",
    { className: `belt ${name.replaceAll(" ", "-")}` },
    h("h2", {}, title, h("span", { className: "count" }, `${passed} of ${katas.length}`)),
    html(about, { className: "about" }),
    h("ol", { className: "katas" }, katas.map(entry)),
  );
}

export function coursePage({ engine, course }) {
  const element = h("div", { className: "course" });
  const said = h("p", { className: "said", role: "status", "aria-live": "polite" });

  function draw() {
    const passed = course.katas.filter((kata) => record.hasPassed(kata.name)).length;
    const next = course.katas.find((kata) => !record.hasPassed(kata.name));
    const done = `${passed} of ${course.katas.length} katas passed`;
    element.replaceChildren(
      h("h1", {}, "Course"),
      h(
        "div",
        { className: "bar" },
        h("progress", { value: passed, max: course.katas.length, "aria-label": done }),
        h("span", {}, done),
        next ? h("a", { className: "door", href: `#/kata/${next.name}` }, passed ? "Go on" : "Begin") : null,
      ),
      ...course.belts.map((of) => belt(of, course.katas.filter((kata) => kata.belt === of.name))),
      h(
        "section",
        { className: "elsewhere" },
        h("h2", {}, "Go on elsewhere"),
        h(
          "p",
          { className: "quiet" },
          "This browser keeps what you write and what has passed. Take it along as a file: to another browser by " +
            "Import, to your own machine by ",
          h("code", {}, "handgrad import FILE"),
          " in a folder of katas.",
        ),
        h(
          "div",
          { className: "bar" },
          h("button", { type: "button", onclick: give }, "Export"),
          h("button", { type: "button", onclick: () => file.click() }, "Import"),
          file,
        ),
        said,
      ),
    );
  }

  const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: take });
  file.setAttribute("aria-label", "A file that Export gave");

  function give() {
    const address = URL.createObjectURL(new Blob([record.asText()], { type: "application/json" }));
    h("a", { href: address, download: "handgrad-progress.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    said.textContent = "Exported as handgrad-progress.json.";
  }

  async function take() {
    const [chosen] = file.files;
    if (!chosen) return;
    file.value = "";
    said.textContent = "Reading it ...";
    const text = await chosen.text();
    const reply = await (await engine).ask({ do: "import", text, record: record.asText() });
    if (reply.type === "record") {
      record.replace(reply.record);
      draw();
    }
    said.textContent = reply.message;
  }

  draw();
  return { element, title: "Course" };
}
