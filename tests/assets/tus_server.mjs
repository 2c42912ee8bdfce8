/* A tus server in memory, the requests that reach it, and a clock that stands still until it is moved. */
import { createHash } from "node:crypto";

export class Server {
  constructor() {
    this.uploads = new Map();
    this.requests = [];
    // What becomes of the next requests: a status, an answer, or "lost"; null for the usual.
    this.next = [];
  }

  /* Requests as [method, first byte of a part], in short. */
  get log() {
    return this.requests.map(({ method, headers }) => [method, headers["upload-offset"]].filter(Boolean).join(" "));
  }

  async answer(request) {
    this.requests.push(request);
    const planned = this.next.shift();
    if (planned === "lost") throw new TypeError("connection");
    if (planned === "silent") return new Promise(() => {});
    if (planned) return { status: planned.status ?? planned, headers: {}, text: planned.text ?? "" };
    const { method, url, headers, body } = request;
    const id = url.split("/").pop();
    if (method === "POST") {
      const place = "/api/tus/" + (this.uploads.size + 1);
      this.uploads.set(place.split("/").pop(), { length: Number(headers["upload-length"]), parts: [], metadata: headers["upload-metadata"] });
      return { status: 201, headers: { location: place } };
    }
    const upload = this.uploads.get(id);
    if (!upload) return { status: 404, headers: {} };
    const offset = () => upload.parts.reduce((sum, part) => sum + part.length, 0);
    if (method === "DELETE") {
      this.uploads.delete(id);
      return { status: 204, headers: {} };
    }
    if (method === "PATCH") {
      const bytes = Buffer.from(await body.arrayBuffer());
      if (Number(headers["upload-offset"]) !== offset()) return { status: 409, headers: {} };
      const sum = "sha256 " + createHash("sha256").update(bytes).digest("base64");
      if (headers["upload-checksum"] !== sum) return { status: 460, headers: {} };
      upload.parts.push(bytes);
    }
    return { status: 204, headers: { "upload-offset": String(offset()), "upload-length": String(upload.length) } };
  }

  content(id) {
    return Buffer.concat(this.uploads.get(id).parts);
  }

  /* An XMLHttpRequest whose requests end here. */
  get XMLHttpRequest() {
    const server = this;
    return class extends EventTarget {
      upload = new EventTarget();
      status = 0;
      headers = {};
      open(method, url) {
        Object.assign(this, { method, url });
      }
      setRequestHeader(name, value) {
        this.headers[name.toLowerCase()] = value;
      }
      getResponseHeader(name) {
        return this.given[name.toLowerCase()] ?? null;
      }
      abort() {
        this.aborted = true;
        this.emit("abort", "loadend");
      }
      emit(...names) {
        for (const name of names) {
          this["on" + name]?.(new Event(name));
          this.dispatchEvent(new Event(name));
        }
      }
      send(body) {
        const { method, url, headers } = this;
        server.answer({ method, url, headers, body, request: this }).then(
          ({ status, headers: given, text = "" }) => {
            if (this.aborted) return;
            Object.assign(this, { status, given, responseText: text });
            this.emit("load", "loadend");
          },
          () => this.emit("error", "loadend")
        );
      }
    };
  }

  /* A fetch whose requests end here. */
  get fetch() {
    return async (url, { method = "GET", headers = {} } = {}) => {
      const { status, headers: given } = await this.answer({ method, url, headers });
      return { status, ok: status < 300, headers: { get: (name) => given[name.toLowerCase()] ?? null } };
    };
  }
}

export class Clock {
  constructor() {
    this.now = 0;
    this.timers = new Map();
    this.setTimeout = (act, wait = 0) => {
      const key = Symbol("timer");
      this.timers.set(key, { act, at: this.now + wait });
      return key;
    };
    this.clearTimeout = (key) => this.timers.delete(key);
  }

  /* Let milliseconds pass. */
  pass(milliseconds) {
    this.now += milliseconds;
    for (const [key, { act, at }] of [...this.timers]) {
      if (at <= this.now && this.timers.delete(key)) act();
    }
  }
}
