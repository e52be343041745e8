// Each text and each outline of a page with its contrast against what it is drawn on, by the formula of WCAG 2.2.
(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();

  function numbers(colour) {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  }

  // A colour that lets some of another one through.
  const over = ([r, g, b, a], under) => [r, g, b].map((part, at) => a * part + (1 - a) * under[at]);

  function luminance(colour) {
    const [r, g, b] = colour
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(colour, under) {
    const [low, high] = [luminance(over(numbers(colour), under)), luminance(under)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  const style = (element) => getComputedStyle(element);

  // What an element's text is drawn on, as one opaque colour.
  function paper(element) {
    if (!element) return numbers("white").slice(0, 3);
    const shape = element.closest(".card, .disc, .constant, .chip");
    if (shape) return over(numbers(style(shape.querySelector(".paper, rect")).fill), paper(element.ownerSVGElement.parentElement));
    return over(numbers(style(element).backgroundColor), paper(element.parentElement));
  }

  // What an element's outline is drawn on: a box that lies over a card has its paper around it.
  function around(element) {
    const { x, y, width, height } = element.getBoundingClientRect();
    const holds = (box) => box.left <= x && box.right >= x + width && box.top <= y && box.bottom >= y + height;
    const card = [...document.querySelectorAll(".card")].find((each) => holds(each.getBoundingClientRect()));
    return card ? paper(card) : paper(element.parentElement);
  }

  const found = [];
  const note = (element, what, ratio) =>
    found.push([`${element.tagName} ${element.getAttribute("class") ?? ""} ${element.textContent.trim().slice(0, 30)}`, what, ratio]);
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest(".hg-hidden, :disabled, title, script, math")) continue;
    const svg = element.ownerSVGElement;
    const has = (selector) => element.matches(selector);
    const hasWords = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (hasWords || has("input[type=text]")) note(element, "text", contrast(svg ? style(element).fill : style(element).color, paper(element)));
    if (has(".card .paper, .edge")) note(element, "outline", contrast(style(element).stroke, paper(svg.parentElement)));
    if (has("button, select, input[type=text]")) note(element, "outline", contrast(style(element).borderTopColor, around(element)));
  }
  return found;
})();
