// A file of a kata in a text box: Ctrl-S saves it where the terminal watches it, and the verdict comes back from there.

const EVERY = 1000; // milliseconds between two looks at the file
const box = document.querySelector("textarea");
const said = document.querySelector("[role=status]");
const verdict = document.querySelector("pre");
let known = null; // the file as it was last seen on the disk: its kata, its text and its version

let last = Promise.resolve(); // the answer to what was asked last

// One question at a time, or what the file was before it was saved might be heard last.
function ask(message) {
  return (last = last.then(() => askNow(message)));
}

async function askNow(message) {
  try {
    return await (await fetch("ask", { method: "POST", body: JSON.stringify(message) })).json();
  } catch {
    return { type: "error", message: "handgrad does not answer: was it ended in the terminal?" };
  }
}

const isChanged = () => known !== null && box.value !== known.text;

function take(reply) {
  if (reply.type === "error") return (said.textContent = reply.message);
  verdict.textContent = reply.verdict;
  if (known?.version === reply.version) return;
  if (isChanged()) return (said.textContent = `${reply.place} has changed on the disk: Save overwrites it.`);
  known = reply;
  document.title = reply.place;
  document.querySelector("h1").textContent = reply.place;
  if (box.value !== reply.text) box.value = reply.text;
  box.disabled = false;
}

async function save() {
  const text = box.value;
  const reply = await ask({ do: "save", text, place: known?.place });
  if (reply.type === "error") return (said.textContent = reply.message);
  known = { ...reply, text };
  said.textContent = "Saved.";
}

const look = async () => take(await ask({ do: "look" }));

box.addEventListener("keydown", (event) => {
  const insert = (text) => (event.preventDefault(), document.execCommand("insertText", false, text));
  if (event.key === "Tab" && !event.shiftKey) insert("    ");
  if (event.key === "Escape") document.querySelector("button").focus(); // as Tab writes, the way out of the box
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    const line = box.value.slice(0, box.selectionStart).split("\n").at(-1);
    insert(`\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? "    " : ""}`);
  }
});
box.addEventListener("input", () => (said.textContent = ""));
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  save();
});
document.querySelector("button").addEventListener("click", save);
addEventListener("beforeunload", (event) => isChanged() && event.preventDefault());
setInterval(look, EVERY);
look();
