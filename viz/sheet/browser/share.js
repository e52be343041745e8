// Taking a sheet along: its address, which holds what was filled in, and its picture.

const SCALE = 2; // pixels of a PNG for each of the picture's own

export class Share {
  // `link.address` has read() -> parameters and write(parameters), where a host has an address for a sheet.
  constructor(sheet) {
    this.sheet = sheet;
    this.address = sheet.link.address;
    for (const button of sheet.all("[data-share]")) {
      button.disabled = false;
      if (this.address) button.hidden = false;
      button.addEventListener("click", () => this.act(button.dataset.share));
    }
    sheet.el.classList.toggle("hg-bare", this.given.bare);
  }

  // What the address asks for.
  get given() {
    const read = this.address?.read() ?? new URLSearchParams();
    const isOfAnother = read.has("of") && read.get("of") !== this.sheet.sheet.key; // the sheet that was here before
    const parameters = isOfAnother ? new URLSearchParams(read.has("bare") ? "bare" : "") : read;
    const mode = parameters.get("mode");
    const [run, version] = parameters.get("at")?.split(".") ?? []; // a link has none: it is shown whatever stands here
    const isGiven = parameters.has("fill") || parameters.has("data");
    const state = { texts: this.parsed(parameters.get("fill")), data: this.parsed(parameters.get("data")) };
    return {
      mode: ["fill", "watch", "predict"].includes(mode) ? mode : undefined,
      state: isGiven ? { ...state, ...(run ? { run, version: Number(version) } : {}) } : null,
      bare: parameters.has("bare"),
    };
  }

  parsed(text) {
    try {
      const found = JSON.parse(text ?? "{}");
      return found && typeof found === "object" && !Array.isArray(found) ? found : {};
    } catch {
      return {};
    }
  }

  // Have the address say what stands there now.
  keep() {
    if (!this.address || !this.sheet.mode) return;
    const { texts, begun, data, run, version } = this.sheet.state;
    const [fill, isMoved] = [JSON.stringify(texts), Object.keys(data).length > 0];
    const parameters = new URLSearchParams();
    if (this.sheet.mode !== this.sheet.sheet.mode) parameters.set("mode", this.sheet.mode);
    if (isMoved || fill !== JSON.stringify(begun)) parameters.set("fill", fill);
    if (isMoved) parameters.set("data", JSON.stringify(data));
    if (parameters.has("fill")) parameters.set("at", `${run}.${version}`);
    if (parameters.size) parameters.set("of", this.sheet.sheet.key);
    if (this.given.bare) parameters.set("bare", "");
    this.address.write(parameters);
  }

  // An address for others: it shows the same whatever stands there by then.
  link(...more) {
    const parameters = this.address.read();
    parameters.delete("at");
    parameters.set("mode", this.sheet.mode);
    parameters.set("of", this.sheet.sheet.key);
    for (const name of more) parameters.set(name, "");
    return this.address.of(parameters);
  }

  async act(what) {
    if (what === "link") return this.copy(this.link(), "The link is copied: it shows what stands here.");
    if (what === "iframe") return this.copy(this.iframe, "The iframe is copied: put it into a page of yours.");
    const reply = await this.sheet.ask({ do: "picture", format: "svg" });
    if (reply.type !== "picture") return this.sheet.say(reply.message ?? "");
    const name = this.sheet.nodes.get(this.sheet.sheet.root).name.replace(/[^\w-]+/g, "_") || "graph";
    if (what === "svg") this.save(new Blob([reply.text], { type: "image/svg+xml" }), `${name}.svg`);
    else this.save(await this.png(reply.text), `${name}.png`);
  }

  get iframe() {
    const { width, height } = this.sheet.find(".hg-body").getBoundingClientRect();
    const address = this.link("bare").replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const size = `width="${Math.round(width + 40)}" height="${Math.round(height + 60)}"`;
    return `<iframe src="${address}" ${size} style="border:0" title="A graph to fill in" loading="lazy"></iframe>`;
  }

  async copy(text, said) {
    try {
      await navigator.clipboard.writeText(text);
      this.sheet.say(said);
    } catch {
      this.sheet.say(`Copy this: ${text}`);
    }
  }

  save(blob, name) {
    const address = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    this.sheet.say(`Saved as ${name}.`);
  }

  // By the browser's own drawing: the picture is the very one that is saved as SVG.
  async png(text) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: image.naturalWidth * SCALE, height: image.naturalHeight * SCALE });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }
}

// The part of an address after "#": a page's own place, and behind "?" the parameters of its sheet.
export const hash = {
  read: () => new URLSearchParams(location.hash.split("?").slice(1).join("?")),
  of(parameters) {
    const place = location.hash.split("?")[0] || "#";
    const said = String(parameters);
    return `${location.href.split("#")[0]}${place}${said && `?${said}`}`;
  },
  write: (parameters) => history.replaceState(null, "", hash.of(parameters)),
};
