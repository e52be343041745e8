// Python in the page: one worker for the sheets, and for each run of a kata a fresh one, kept ready.
import { asset, keepMemory, keptMemory, site } from "./assets.js";

export const SECONDS = 10; // that a run may take, as `handgrad check` has it
const PATIENCE_MS = 30_000; // that a sheet may take to answer

const UNREACHABLE = { type: "unreachable" };

export class StoppedError extends Error {}

class Python {
  constructor(address, parts) {
    this.waiting = new Map();
    this.next = 0;
    this.memory = null; // of what it has imported, where it was to keep that
    this.numpy = null; // the answer to whether it could be fetched, where it was to have it
    this.worker = new Worker(address);
    this.ready = new Promise((done, fail) => {
      this.worker.onmessage = ({ data }) => this.hear(data, done, fail);
      this.worker.onerror = (event) => this.break(event.message ?? "the worker ended", fail);
    });
    this.ready.catch(() => {});
    this.worker.postMessage({ parts });
  }

  hear(data, done, fail) {
    if (data.memory) return void (this.memory = data.memory);
    if (data.ready !== undefined) return done(data.ready);
    if (data.failed) return this.break(data.failed, fail);
    const open = this.waiting.get(data.to);
    this.waiting.delete(data.to);
    if (data.broken) open?.fail(new Error(data.broken));
    else open?.done(data.reply);
  }

  break(reason, fail) {
    fail(new Error(reason));
    for (const open of this.waiting.values()) open.fail(new Error(reason));
    this.waiting.clear();
  }

  async ask(message, packages) {
    await this.ready;
    return new Promise((done, fail) => {
      const to = this.next++;
      this.waiting.set(to, { done, fail });
      this.worker.postMessage({ to, message, packages });
    });
  }

  end(reason) {
    this.worker.terminate();
    for (const open of this.waiting.values()) open.fail(reason);
    this.waiting.clear();
  }
}

function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new StoppedError(what)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Engine {
  sheets = null; // what answers; with NumPy, `arrays`
  arrays = null;
  spare = null; // ready for the next run
  spareNumpy = null;

  // Python's parts, told as they come in: tell(bytes so far, bytes in all).
  async load(tell) {
    const wanted = ["python.wasm", "standard.zip", "library.zip", "lock.json", "worker.js"];
    const total = wanted.reduce((sum, name) => sum + site.assets[name].bytes, 0);
    let loaded = 0;
    const told = (bytes) => tell(Math.min((loaded += bytes), total), total);
    const memory = keptMemory();
    const [wasm, standard, library, lock, worker] = await Promise.all(wanted.map((name) => asset(name, told)));
    this.address = URL.createObjectURL(new Blob([worker], { type: "text/javascript" }));
    this.parts = {
      python: await WebAssembly.compile(wasm),
      standard,
      library,
      lock: new TextDecoder().decode(lock),
      memory: await memory,
      packages: site.packages || new URL("./", document.baseURI).href, // where NumPy lies
      given: site.given || "lecture",
    };
    await this.begin();
  }

  // The first interpreter of a first visit imports everything, and all that follow start from its memory. One that was
  // kept may not fit, and there may be no room for a new one: then each starts the long way.
  async begin() {
    const ways = ["kept", "memory", "plain"];
    for (const way of this.parts.memory ? ways : ways.slice(1)) {
      if (way !== "kept") this.parts.memory = null;
      this.sheets = this.python(true, { ...this.parts, keeps: way === "memory" });
      this.way = way;
      try {
        await this.sheets.ready;
        break;
      } catch (error) {
        this.sheets.end(error);
        if (way === "plain") throw error;
      }
    }
    if (this.way !== "memory") return;
    this.parts.memory = this.sheets.memory;
    this.keeping = keepMemory(this.parts.memory).catch(() => {}); // for want of room
  }

  python(draws, parts = this.parts) {
    return new Python(this.address, { ...parts, draws });
  }

  // One interpreter answers all but the judging, and one more what needs NumPy; it is another one where it does not
  // come to an end.
  async ask(message, needsNumpy = false) {
    if (needsNumpy && !(await this.hasNumpy(this.arrays ??= this.withNumpy(true)))) return UNREACHABLE;
    const which = needsNumpy ? "arrays" : "sheets";
    const asked = this[which];
    try {
      return await within(PATIENCE_MS, asked.ask(message), "That took too long, and was stopped.");
    } catch (error) {
      if (this[which] === asked) {
        asked.end(error);
        this[which] = needsNumpy ? this.withNumpy(true) : this.python(true);
      }
      if (error instanceof StoppedError) return { type: "error", message: error.message };
      return this[which].ask(message);
    }
  }

  // A memory that was kept knows nothing of a package that is loaded later.
  withNumpy(draws) {
    const made = this.python(draws, { ...this.parts, memory: null });
    made.numpy = made.ask({ do: "state" }, ["numpy"]);
    made.numpy.catch(() => {});
    return made;
  }

  // Whether NumPy could be fetched; where not, another interpreter may try again.
  async hasNumpy(python) {
    const { type } = await python.numpy;
    if (type !== UNREACHABLE.type) return true;
    for (const which of ["arrays", "spareNumpy"]) if (this[which] === python) this[which] = null;
    python.end(new StoppedError());
    return false;
  }

  // Have an interpreter ready for the next run, on a page that is about arrays one with NumPy in it.
  prepare(needsNumpy = false) {
    if (needsNumpy) this.spareNumpy ??= this.withNumpy(false);
    else this.spare ??= this.python(false);
  }

  taken(needsNumpy) {
    this.prepare(needsNumpy);
    const which = needsNumpy ? "spareNumpy" : "spare";
    const run = this[which];
    this[which] = null;
    return run;
  }

  // The verdict on an answer. `stop` is a signal to end it.
  async judge(message, { needsNumpy, stop }) {
    const { reply, how } = await this.alone({ do: "judge", ...message }, { needsNumpy, stop, seconds: SECONDS });
    return reply ?? this.ask({ do: "ended", how, kata: message.kata, text: message.text });
  }

  // The reply of an interpreter that is gone afterwards, or how it came to its end. `tell` is told once it is there.
  async alone(message, { needsNumpy, stop, seconds, tell = () => {} }) {
    const run = this.taken(needsNumpy);
    let how = "crash";
    let isReady = false;
    const stopped = new Promise((_, fail) => {
      const end = () => {
        how = "stop";
        fail(new StoppedError());
      };
      if (stop.aborted) end();
      else stop.addEventListener("abort", end);
    });
    try {
      if (needsNumpy && !(await Promise.race([this.hasNumpy(run), stopped]))) return { reply: UNREACHABLE };
      await Promise.race([run.ready, stopped]);
      isReady = true;
      tell();
      return { reply: await Promise.race([within(1000 * seconds, run.ask(message), "late"), stopped]) };
    } catch (error) {
      if (!isReady && how !== "stop") throw error; // which is nothing that the answer did
      if (error instanceof StoppedError && how === "crash") how = "timeout";
      return { how };
    } finally {
      run.end(new StoppedError());
      this.prepare(needsNumpy);
    }
  }
}
