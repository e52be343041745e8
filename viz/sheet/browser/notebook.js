import { mount } from "./sheet.js";

// What a notebook is dark or light by, it says in a way of its own; the paper behind the sheet says it in each.
function followTheme(el) {
  const look = () => {
    let part = el.parentElement;
    const colour = () => getComputedStyle(part).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
    while (part && (colour()[3] === 0 || colour().length < 3)) part = part.parentElement;
    const [red, green, blue] = part ? colour() : [255, 255, 255];
    el.style.colorScheme = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128 ? "dark" : "light";
  };
  look();
  const observer = new MutationObserver(look);
  const options = { attributes: true, attributeFilter: ["class", "style", "theme", "data-theme", "data-jp-theme-light"] };
  for (const part of [document.documentElement, document.body]) observer.observe(part, options);
  return () => observer.disconnect();
}

// A notebook's entry, by anywidget's convention: the kernel answers.
export default {
  render({ model, el }) {
    const waiting = new Map();
    const listeners = [];
    const view = Math.random().toString(36).slice(2);
    let next = 0;
    const heard = ({ to, reply }) => {
      if (waiting.has(to)) waiting.get(to)(reply);
      else for (const listener of listeners) listener(reply);
      waiting.delete(to);
    };
    const ask = (message) =>
      new Promise((done) => {
        const to = `${view} ${next++}`;
        waiting.set(to, done);
        model.send({ to, message });
      });
    model.on("msg:custom", heard);
    // The notebook gives a view its place only after this; how wide that is decides how the graph stands.
    let unfollow = () => {};
    const observer = new ResizeObserver(() => {
      if (!el.clientWidth) return;
      observer.disconnect();
      unfollow = followTheme(el);
      mount(el, { ask, onChange: (listener) => listeners.push(listener) });
    });
    observer.observe(el);
    return () => {
      observer.disconnect();
      unfollow();
      model.off("msg:custom", heard);
    };
  },
};
