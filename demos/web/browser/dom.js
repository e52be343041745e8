// Elements, without a framework.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.startsWith("aria")) element[name] = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A part of the course's own text, which the builder made of its Markdown: never anything that was typed here.
export function html(text, properties = {}) {
  const element = h("div", properties);
  element.innerHTML = text;
  return element;
}
