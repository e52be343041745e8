// What changes in the picture of a sheet: the steps of the pass, and where one looks.

export const SVG = "http://www.w3.org/2000/svg";
const PILL = 23; // the height of the product beside an edge
export const MAP = [76, 44]; // the room for a map on a card, and beside an edge
const MAP_OVER = [120, 64];
const SMALLEST = 24 / 30; // of its own size, that a graph opens with: a box is 30 pixels high, and 24 at the least
const LARGEST = 2;
const READABLE = 12; // pixels of a letter, at the least, in a graph that is no smaller than it opens with
const TYPED = 16; // pixels of what is typed on a phone, which zooms into anything smaller
const MOST_TURNS = 30; // of the green that runs along the edges, however many these are

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A map of numbers as squares, as large as they fit; how large it is then.
export function paint(group, { tones, values }, [width, height] = MAP) {
  const side = Math.min(14, width / (tones[0]?.length || 1), height / (tones.length || 1));
  const square = (tone, x, y) => {
    const made = document.createElementNS(SVG, "rect");
    const place = { x: x * side, y: y * side, width: side - 0.8, height: side - 0.8 };
    for (const [name, value] of Object.entries(place)) made.setAttribute(name, value);
    made.setAttribute("class", `tone-${tone}`);
    return made;
  };
  group.replaceChildren(...tones.flatMap((row, y) => [...row].map((tone, x) => square(tone, x, y))));
  group.values = values;
  return { width: side * (tones[0]?.length || 0), height: side * tones.length };
}

export class Picture {
  // `nodes` are those of the sheet by their ids; a narrow picture stands upright.
  constructor(el, nodes, narrow) {
    this.el = el;
    this.nodes = nodes;
    this.narrow = narrow;
    this.zoom = 1;
    const [left, top, width, height] = this.find(".hg-picture").getAttribute("viewBox").split(" ").map(Number);
    this.frame = { left, top, width, height };
    this.zoomTo("room");
    this.listen();
  }

  find(selector) {
    return this.el.querySelector(selector);
  }

  all(selector) {
    return [...this.el.querySelectorAll(selector)];
  }

  // A node's card; what stands between two named arrays has none.
  card(id) {
    const node = this.nodes.get(id);
    return node ? this.find(`.card[data-node="${node.key}"]`) : null;
  }

  // Left, top, width and height of a card on the canvas.
  placeOf(id) {
    const { left, top, right, bottom } = this.sides(this.card(id).querySelector(".paper"));
    return [left - this.frame.left, top - this.frame.top, right - left, bottom - top];
  }

  edge(key) {
    return this.find(`.edge[data-edge="${key}"]`);
  }

  clear() {
    this.dim();
    for (const part of this.all(".done")) part.classList.remove("done");
    for (const sum of this.all(".sum, .of-grad")) sum.replaceChildren();
  }

  // All is right: green goes edge by edge on the way of the pass, and stays. At once where it is how the sheet begins.
  green({ nodes, edges }, isRight, runs) {
    const place = Object.fromEntries(nodes.map(({ id }, at) => [id, at]));
    const way = edges.toSorted((one, other) => place[one.operand] - place[other.operand]);
    for (const [turn, { key, operand }] of way.entries()) {
      for (const part of [this.edge(key), this.card(operand)].filter(Boolean)) {
        part.style.setProperty("--turn", runs ? Math.min(turn, MOST_TURNS) : 0);
        part.classList.toggle("right", isRight);
      }
    }
  }

  // Without a step in work.
  dim() {
    this.find(".over").replaceChildren();
    for (const part of this.all(".lit, .now")) part.classList.remove("lit", "now");
    for (const edge of this.all(".edge")) edge.setAttribute("marker-end", "url(#hg-tip)");
  }

  sum(step, isNow) {
    const card = this.card(step.operand);
    if (card) {
      card.querySelector(".sum").textContent = step.shown.sum;
      if (step.shown.maps) paint(card.querySelector(".of-grad"), step.shown.maps.sum);
      card.classList.add("done");
      card.classList.toggle("now", isNow);
    }
    if (step.edge) this.edge(step.edge)?.classList.add("done");
  }

  light(step, text) {
    this.card(step.operand)?.classList.add("lit");
    this.card(step.consumer)?.classList.add("lit");
    const edge = step.edge && this.edge(step.edge);
    if (edge) {
      edge.classList.add("lit");
      edge.setAttribute("marker-end", "url(#hg-tip-lit)");
      this.write(edge, text, this.card(step.operand), step.shown?.maps?.contribution);
      this.send(edge);
    }
    const parts = [this.card(step.operand), edge, this.card(step.consumer)].filter(Boolean);
    if (parts.length) this.bringIntoView(parts);
  }

  // The product beside the operation, where no card is under it; else above or below the operand's card.
  write(edge, text, card, map) {
    if (!text && !map) return;
    const { x, y } = edge.getPointAtLength(edge.getTotalLength() / (this.narrow ? 2 : 1));
    const label = document.createElementNS(SVG, "text");
    const paper = document.createElementNS(SVG, "rect");
    label.setAttribute("class", "product");
    paper.setAttribute("class", "product-paper");
    label.textContent = text;
    this.find(".over").append(paper, label);
    const drawn = map && document.createElementNS(SVG, "g");
    if (drawn) this.find(".over").append(drawn);
    const size = drawn ? paint(drawn, map, MAP_OVER) : { width: label.getComputedTextLength(), height: PILL - 8 };
    const half = size.width / 2 + 8;
    const pill = size.height + 8;
    // To the left, where the operand's card has room, rather than over the consumer's name.
    const middles = this.narrow ? [x + half + 10, x - half - 10] : [Math.min(x + 14, x + 56 - half), x - 16 + half];
    const tops = this.narrow ? [-11, 14, -36] : [-19 - pill, 20, -43 - pill, 44];
    const places = tops.flatMap((top) => middles.map((middle) => this.inFrame(middle - half, y + top, 2 * half, pill)));
    if (card && !this.narrow) {
      const { right, top, bottom } = this.sides(card.querySelector(".paper"));
      const ends = y < (top + bottom) / 2 ? [top - pill - 6, bottom + 6] : [bottom + 6, top - pill - 6];
      places.push(...ends.map((end) => this.inFrame(right + 24 - 2 * half, end, 2 * half, pill)));
    }
    const { left, top } = places.find((place) => !this.isOver(place)) ?? places[0];
    label.setAttribute("x", left + half);
    label.setAttribute("y", top + 16);
    drawn?.setAttribute("transform", `translate(${left + 8},${top + 4})`);
    const box = { x: left, y: top, width: 2 * half, height: pill, rx: drawn ? 6 : pill / 2 };
    for (const side in box) paper.setAttribute(side, box[side]);
  }

  inFrame(left, top, width, height) {
    const [right, bottom] = [this.frame.width - width - 18, this.frame.height - height - 18];
    return { left: Math.min(Math.max(left, -10), right), top: Math.min(Math.max(top, -10), bottom), width, height };
  }

  // Whether a card or an operation is under it.
  isOver({ left, top, width, height }) {
    return this.all(".card .paper, .disc rect").some((part) => {
      const side = this.sides(part);
      return left < side.right && left + width > side.left && top < side.bottom && top + height > side.top;
    });
  }

  // Of the box of a card or an operation, in the picture's own units.
  sides(part) {
    const { x, y, width, height } = part.getBBox();
    const { e, f } = part.parentNode.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
    return { left: e + x, right: e + x + width, top: f + y, bottom: f + y + height };
  }

  // The contribution on its way, from the consumer to the operand.
  send(edge) {
    if (calm()) return;
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("class", "drop");
    dot.setAttribute("r", 5);
    this.find(".over").append(dot);
    const length = edge.getTotalLength();
    const start = performance.now();
    const move = (now) => {
      const share = Math.min(1, (now - start) / 600);
      const point = edge.getPointAtLength(length * (1 - share));
      dot.setAttribute("cx", point.x);
      dot.setAttribute("cy", point.y);
      if (share < 1 && dot.isConnected) requestAnimationFrame(move);
      else dot.remove();
    };
    move(start);
  }

  // What is around as many of the parts as there is room for, the first of them in any case.
  around(parts, outer) {
    let inner = parts[0].getBoundingClientRect();
    for (const part of parts.slice(1)) {
      const box = part.getBoundingClientRect();
      const [left, top] = [Math.min(inner.left, box.left), Math.min(inner.top, box.top)];
      const [right, bottom] = [Math.max(inner.right, box.right), Math.max(inner.bottom, box.bottom)];
      if (right - left < outer.width && bottom - top < outer.height) inner = { left, top, right, bottom };
    }
    return inner;
  }

  bringIntoView(parts) {
    const pan = this.find(".hg-pan");
    const outer = pan.getBoundingClientRect();
    const inner = this.around(parts, outer);
    const behavior = calm() ? "auto" : "smooth";
    const over = (low, high, from, to) => (low < from ? low - from - 16 : high > to ? high - to + 16 : 0);
    pan.scrollBy({
      left: over(inner.left, inner.right, outer.left, outer.right),
      top: over(inner.top, inner.bottom, outer.top, outer.bottom),
      behavior,
    });
  }

  // The first of the nodes in the middle, with as many of the others as go in whole.
  centre(ids) {
    const cards = ids.map((id) => this.card(id)).filter(Boolean);
    if (!cards.length) return;
    const pan = this.find(".hg-pan");
    const outer = pan.getBoundingClientRect();
    const inner = this.around(cards, outer);
    pan.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
    // By a fraction of a pixel there may be more than goes in, which is no reason to move.
    if (pan.scrollHeight - pan.clientHeight > 2) pan.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
  }

  // From where to where the graph is in sight across; a part as wide about a place that is not.
  inSight(middle) {
    const pan = this.find(".hg-pan");
    const room = Math.min(this.frame.width, pan.clientWidth / this.zoom);
    const left = pan.scrollLeft / this.zoom;
    const from = left <= middle && middle <= left + room ? left : middle - room / 2;
    const first = Math.max(0, Math.min(this.frame.width - room, from));
    return [first, first + room];
  }

  // How large the graph is: as large as there is room for, at most twice its own size, at least so that a finger finds
  // its boxes; all of it where that is asked for.
  zoomTo(how) {
    const pan = this.find(".hg-pan");
    const byWidth = (pan.clientWidth - 2) / this.frame.width;
    const byHeight = (parseFloat(getComputedStyle(pan).maxHeight) || Infinity) / this.frame.height; // "none" is no limit
    if (how === "whole") this.scale(Math.min(LARGEST, byWidth, Math.max(byHeight, 0.2)));
    else if (how === "room") this.scale(Math.max(SMALLEST, Math.min(LARGEST, byWidth, Math.max(1, byHeight))));
    else this.zoomAt(how === "in" ? 1.25 : 0.8);
  }

  scale(zoom) {
    this.zoom = Math.max(0.1, Math.min(LARGEST, zoom));
    const [width, height] = [this.frame.width, this.frame.height];
    const free = Math.max(0, this.find(".hg-pan").clientWidth - 2 - width * this.zoom);
    const canvas = this.find(".hg-canvas");
    canvas.style.setProperty("--least", `${READABLE / Math.max(SMALLEST, this.zoom)}px`);
    if (this.narrow) canvas.style.setProperty("--letters", `${TYPED / this.zoom}px`);
    Object.assign(canvas.style, {
      transform: `scale(${this.zoom})`,
      width: `${width}px`,
      height: `${height}px`,
      marginLeft: `${free / 2}px`,
      marginRight: `${width * (this.zoom - 1)}px`,
      marginBottom: `${height * (this.zoom - 1)}px`,
    });
  }

  // Larger or smaller, with what is under a point of the window left there; the middle for none.
  zoomAt(factor, x, y) {
    const pan = this.find(".hg-pan");
    const outer = pan.getBoundingClientRect();
    const [over, down] = [(x ?? outer.left + outer.width / 2) - outer.left, (y ?? outer.top + outer.height / 2) - outer.top];
    const before = this.zoom;
    const [left, top] = [pan.scrollLeft + over, pan.scrollTop + down];
    this.scale(before * factor);
    const ratio = this.zoom / before;
    pan.scrollLeft = left * ratio - over;
    pan.scrollTop = top * ratio - down;
  }

  // A mouse drags the graph, two fingers and the wheel with Ctrl zoom it; one finger scrolls as everywhere.
  listen() {
    const pan = this.find(".hg-pan");
    const fingers = new Map();
    let from = null;
    let spread = 0;
    const distance = () => {
      const [one, other] = [...fingers.values()];
      return Math.hypot(one.x - other.x, one.y - other.y);
    };
    pan.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoomAt(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    }, { passive: false });
    pan.addEventListener("pointerdown", (event) => {
      if (event.target.closest("input")) return;
      if (event.pointerType === "mouse") {
        if (event.button === 0) from = { x: event.clientX, y: event.clientY, left: pan.scrollLeft, top: pan.scrollTop };
        return;
      }
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (fingers.size === 2) spread = distance();
    });
    pan.addEventListener("pointermove", (event) => {
      if (from) {
        const [x, y] = [event.clientX - from.x, event.clientY - from.y];
        if (Math.hypot(x, y) > 4) pan.classList.add("is-dragged");
        pan.scrollLeft = from.left - x;
        pan.scrollTop = from.top - y;
      } else if (fingers.has(event.pointerId)) {
        fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
        if (fingers.size !== 2) return;
        const [one, other] = [...fingers.values()];
        this.zoomAt(distance() / (spread || 1), (one.x + other.x) / 2, (one.y + other.y) / 2);
        spread = distance();
      }
    });
    const end = (event) => {
      fingers.delete(event.pointerId);
      from = null;
      setTimeout(() => pan.classList.remove("is-dragged")); // after the click that ends a drag
    };
    for (const kind of ["pointerup", "pointercancel", "pointerleave"]) pan.addEventListener(kind, end);
  }
}
