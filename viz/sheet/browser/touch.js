// What can be touched besides the gradients: a leaf's number, a step downhill, a nudge, and taking it back.
import { SVG } from "./picture.js";

const CURVE = { width: 300, height: 84, most: 400 };

export class Touch {
  constructor(sheet) {
    this.sheet = sheet;
    this.parts = new Map(); // by id, a leaf's box and slider
    this.moving = null; // what a hand asks for while the answer to the last is still awaited
    this.moved = Promise.resolve(); // when the last of it is answered
    this.drag = ""; // the one that goes on, another than those of other tabs
    this.losses = [];
    for (const node of sheet.sheet.nodes) if (node.leaf) this.make(node);
    const rate = sheet.find(".hg-rate");
    if (!rate) return; // the page has gone on to another sheet meanwhile
    rate.disabled = false;
    rate.form.addEventListener("submit", (event) => event.preventDefault());
    rate.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), this.act("descend")));
  }

  // After the boxes of the gradients, which are what Tab goes through first.
  make(node) {
    const canvas = this.sheet.find(".hg-canvas");
    const { left, top } = this.sheet.picture.frame;
    const put = (element, [x, y, w, h]) => {
      element.setAttribute("aria-label", node.leaf.name);
      Object.assign(element.style, { left: `${x - left}px`, top: `${y - top}px`, width: `${w}px`, height: `${h}px` });
      canvas.append(element);
    };
    const box = document.createElement("input");
    Object.assign(box, { className: "hg-box hg-data", type: "text", autocomplete: "off", spellcheck: false });
    box.value = node.leaf.shown;
    box.addEventListener("keydown", (event) => this.typed(event, node.id));
    box.addEventListener("change", () => this.set(node.id, box.value));
    const slider = document.createElement("input");
    const [min, max, step] = node.leaf.range;
    Object.assign(slider, { className: "hg-slider", type: "range", min, max, step, value: node.data });
    slider.addEventListener("pointerdown", () => (this.drag = `drag ${Math.random()}`));
    slider.addEventListener("input", () => this.follow({ id: node.id, text: slider.value, drag: this.drag || undefined }));
    slider.addEventListener("change", () => (this.drag = ""));
    for (const part of [box, slider]) part.addEventListener("focus", () => this.sheet.choose(node.id));
    put(box, node.leaf.box);
    put(slider, node.leaf.slider);
    this.parts.set(node.id, { box, slider });
    this.sheet.picture.card(node.id).classList.add("is-leaf");
  }

  typed(event, id) {
    const { box } = this.parts.get(id);
    if (event.key === "Enter") {
      event.preventDefault();
      this.set(id, box.value);
    } else if (event.key === "Escape") {
      box.value = this.now(id);
    }
  }

  now(id) {
    return this.sheet.nodes.get(id).leaf.shown;
  }

  // Only the latest of what a hand asks for, while the answer to one before is still awaited.
  follow(wanted) {
    const isWaiting = this.moving !== null;
    this.moving = wanted;
    if (!isWaiting) this.moved = this.moveAll();
  }

  async moveAll() {
    while (this.moving) {
      const wanted = this.moving;
      await this.send(wanted.id, wanted.text, wanted.drag);
      if (this.moving === wanted) this.moving = null;
    }
  }

  set(id, text) {
    return text === this.now(id) ? null : this.send(id, text);
  }

  async send(id, text, drag) {
    const { box } = this.parts.get(id);
    const reply = await this.sheet.ask({ do: "set", node: id, text, drag });
    const isTypo = reply.type !== "verdict";
    box.toggleAttribute("data-typo", isTypo);
    box.setAttribute("aria-invalid", String(isTypo));
    if (!isTypo && box.value === text) box.value = this.now(id);
    this.sheet.tell(reply);
  }

  async act(what) {
    await this.moved;
    const message = { do: what };
    if (what === "descend") message.rate = this.sheet.find(".hg-rate").value;
    if (what === "nudge") message.node = this.sheet.target();
    const reply = await this.sheet.ask(message);
    if (reply.type === "nudge") return this.showNudge(reply);
    this.sheet.tell(reply);
  }

  dead() {
    return { undo: !this.can?.undo, redo: !this.can?.redo };
  }

  // What a reply says of the data.
  show(reply) {
    this.can = reply.can ?? this.can;
    this.clear();
    for (const [id, card] of Object.entries(reply.cards ?? {})) {
      const node = this.sheet.nodes.get(id);
      if (!node) continue;
      node.data = reply.data[id];
      node.shown = card.shown;
      this.sheet.picture.card(id)?.querySelector(".data")?.replaceChildren(card.shown);
      this.sheet.boxes.byId.get(id)?.setAttribute("aria-label", card.described);
      this.sheet.find(`.holds[data-node="${node.key}"]`)?.replaceChildren(card.holds);
      if (card.map) this.sheet.maps.show(id, card.map);
      if (node.leaf) this.showLeaf(node, card.shown);
    }
    this.curve();
  }

  showLeaf(node, shown) {
    const { box, slider } = this.parts.get(node.id);
    const isTyping = box === document.activeElement && box.value !== node.leaf.shown;
    node.leaf.shown = shown;
    if (!isTyping) {
      box.value = shown;
      box.removeAttribute("data-typo");
      box.removeAttribute("aria-invalid");
    }
    slider.min = Math.min(slider.min, node.data);
    slider.max = Math.max(slider.max, node.data);
    if (this.moving?.id !== node.id) slider.value = node.data;
  }

  clear() {
    for (const mark of this.sheet.all(".nudged")) mark.remove();
  }

  showNudge(reply) {
    this.clear();
    this.sheet.say(reply.say);
    for (const { node, shown } of reply.moved) {
      const card = this.sheet.picture.card(node);
      if (!card || !shown) continue;
      const text = document.createElementNS(SVG, "text");
      const { height } = card.querySelector(".paper").getBBox();
      text.setAttribute("class", "nudged");
      text.setAttribute("x", 10);
      text.setAttribute("y", height + 14);
      text.textContent = shown;
      card.append(text);
    }
  }

  // The root's number after each change, where it has changed.
  curve() {
    const root = this.sheet.nodes.get(this.sheet.sheet.root);
    if (typeof root?.data !== "number" || root.data === this.losses.at(-1)) return;
    this.losses = [...this.losses, root.data].slice(-CURVE.most);
    const figure = this.sheet.find(".hg-curve");
    if (this.losses.length < 2) return;
    const [low, high] = [Math.min(...this.losses), Math.max(...this.losses)];
    const x = (place) => 6 + ((CURVE.width - 12) * place) / (this.losses.length - 1);
    const y = (loss) => CURVE.height - 6 - ((CURVE.height - 12) * (loss - low)) / (high - low || 1);
    const points = this.losses.map((loss, place) => `${x(place).toFixed(1)},${y(loss).toFixed(1)}`);
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("viewBox", `0 0 ${CURVE.width} ${CURVE.height}`);
    picture.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points.join(" "));
    const dot = document.createElementNS(SVG, "circle");
    const [cx, cy] = points.at(-1).split(",");
    for (const [name, value] of Object.entries({ cx, cy, r: "4" })) dot.setAttribute(name, value);
    picture.append(line, dot);
    const words = document.createElement("figcaption");
    words.textContent = `${root.name} = ${root.shown ?? root.data}`;
    figure.replaceChildren(words, picture);
    figure.classList.add("has-curve");
  }
}
