// What the builder put into the page, readable before any script runs.
const main = document.getElementById("page");
const html = main.innerHTML;
const built = main.firstElementChild;

// It, in an element of its own: the very one that stands there, unless another page was shown before.
export function standing() {
  const element = document.createElement("div");
  if (built?.parentNode === main) element.append(...main.childNodes);
  else element.innerHTML = html;
  return element;
}
