// The maps of arrays: what a square stands for, where one points at it, and where one goes to it by the keyboard.
import { MAP, paint } from "./picture.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const GAP = 0.8; // between two squares

export class Maps {
  constructor(sheet) {
    this.sheet = sheet;
    this.groups = new Map();
    for (const node of sheet.sheet.nodes) {
      const card = node.map && sheet.picture.card(node.id);
      if (!card) continue;
      const [data, grad] = [card.querySelector(".of-data"), card.querySelector(".of-grad")];
      data.values = node.map.values;
      this.groups.set(node.id, data);
      this.make(node, data, `data of ${node.name}`);
      this.make(node, grad, `${node.name}.grad`);
    }
  }

  show(id, map) {
    const group = this.groups.get(id);
    if (group) paint(group, map);
  }

  // A place over the map that can be pointed at, and reached by Tab; what it says is read from the map.
  make(node, group, name) {
    const [left, top] = this.sheet.picture.placeOf(node.id);
    const [x, y] = group.getAttribute("transform").match(/[\d.]+/g).map(Number);
    const [width, height] = MAP;
    const over = document.createElement("div");
    Object.assign(over, { className: `hg-map ${group.classList.contains("of-grad") ? "of-grad" : ""}`, tabIndex: 0 });
    over.setAttribute("role", "img");
    over.setAttribute("aria-label", `${name}, shape (${node.shape.join(", ")})`);
    Object.assign(over.style, { left: `${left + x}px`, top: `${top + y}px`, width: `${width}px`, height: `${height}px` });
    this.sheet.find(".hg-canvas").append(over);
    let at = [0, 0];
    const tell = (row, column) => {
      const value = group.values?.[row]?.[column];
      if (value === undefined) return this.hide();
      at = [row, column];
      over.setAttribute("aria-label", `${name}: ${value}`);
      this.value(over, `${name}: ${value}`);
    };
    over.addEventListener("pointermove", (event) => {
      const box = over.getBoundingClientRect();
      const first = group.querySelector("rect")?.getBoundingClientRect();
      const side = first ? first.width + GAP * this.sheet.picture.zoom : box.width;
      tell(Math.floor((event.clientY - box.top) / side), Math.floor((event.clientX - box.left) / side));
    });
    over.addEventListener("pointerleave", () => this.hide());
    over.addEventListener("focus", () => tell(...at));
    over.addEventListener("blur", () => this.hide());
    over.addEventListener("keydown", (event) => {
      const by = MOVES[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation(); // the same keys step through the pass
      if (group.values?.[at[0] + by[0]]?.[at[1] + by[1]] !== undefined) tell(at[0] + by[0], at[1] + by[1]);
    });
  }

  value(over, text) {
    this.hide();
    const note = document.createElement("p");
    note.className = "hg-value";
    note.textContent = text;
    this.sheet.find(".hg-canvas").append(note);
    note.style.left = over.style.left;
    note.style.top = `${parseFloat(over.style.top) + parseFloat(over.style.height) + 4}px`;
  }

  hide() {
    this.sheet.find(".hg-value")?.remove();
  }
}
