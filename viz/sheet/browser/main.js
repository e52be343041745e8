// The page of a local server: it asks by POST, at the address that it was opened with.
import { hash } from "./share.js";
import { mount } from "./sheet.js";

async function ask(message) {
  const answer = await fetch("ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  const isThere = answer.ok || answer.status === 413; // another program at the same port knows nothing of this page
  if (!isThere) throw new Error(answer.statusText);
  return answer.json();
}

addEventListener("hashchange", () => location.reload()); // a link was pasted

await mount(document.getElementById("sheet"), { ask, polls: true, remembers: true, address: hash });
