import { mount } from "./sheet.js";

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
    const observer = new ResizeObserver(() => {
      if (!el.clientWidth) return;
      observer.disconnect();
      mount(el, { ask, onChange: (listener) => listeners.push(listener) });
    });
    observer.observe(el);
    return () => {
      observer.disconnect();
      model.off("msg:custom", heard);
    };
  },
};
