/*
 * One file on its way to the server, by the tus protocol: in parts, each with its checksum, and on from
 * where it was after whatever stops it (a lost connection, a restart of the server, a closed page).
 *
 * Knows nothing of the page: its owner is told of each change (30-group.js).
 */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;
  const uploads = (predictor.uploads = predictor.uploads || {});

  const ENDPOINT = "/api/tus/";
  // Bytes of one request. It is read into memory for its checksum; what is lost with a connection is less.
  const PART = 16 * 1024 * 1024;
  // Files that are sent at the same time.
  const AT_ONCE = 2;
  // Seconds until the next attempt: longer each time, from the first again once something has arrived.
  const DELAYS = [1, 2, 4, 8, 15, 30];
  // Seconds without any progress after which a connection counts as lost: a laptop that slept, another network.
  const SILENCE = 60;
  const DAMAGED = 460;
  const NO_ROOM = 507;
  const GONE = [404, 410];

  const line = [];
  const sending = new Set();

  /* Unfinished uploads, kept in the browser, so that the same file goes on after the page was closed. */

  const KEPT = "upload:";

  function remember(url, told) {
    try {
      localStorage.setItem(KEPT + url, JSON.stringify(told));
    } catch {
      // A full or forbidden storage only costs going on after the page was closed.
    }
  }

  function forget(url) {
    try {
      localStorage.removeItem(KEPT + url);
    } catch {
      // As above.
    }
  }

  function remembered() {
    const found = [];
    try {
      for (let index = 0; index < localStorage.length; index += 1) {
        const key = localStorage.key(index);
        if (!key.startsWith(KEPT)) continue;
        found.push({ ...JSON.parse(localStorage.getItem(key)), url: key.slice(KEPT.length) });
      }
    } catch {
      return found;
    }
    return found;
  }

  // An upload has one sender: two tabs with the same file must not take turns in one.
  const held = new Map();

  function claim(url) {
    if (held.has(url)) return Promise.resolve(false);
    held.set(url, () => {});
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((answer) => {
      navigator.locks.request(KEPT + url, { ifAvailable: true }, (lock) => {
        if (!lock) held.delete(url);
        answer(Boolean(lock));
        return lock && new Promise((letGo) => held.set(url, letGo));
      });
    });
  }

  function release(url) {
    const letGo = held.get(url);
    held.delete(url);
    if (letGo) letGo();
  }

  function fingerprint(file) {
    return [file.webkitRelativePath || file.name, file.size, file.lastModified].join("|");
  }

  /* The requests of tus-js-client, with a checksum for each part and an end to silence. */
  function stackOf(attempt) {
    const stack = new tus.DefaultHttpStack();
    const createRequest = (method, url) => {
      const request = stack.createRequest(method, url);
      const send = request.send.bind(request);
      request.send = async (body) => {
        if (body instanceof Blob) await addChecksum(request, body, attempt);
        // Nobody waits for an attempt that was given up: it must not reach the server either.
        if (attempt.over) return new Promise(() => {});
        const answer = await Promise.race([silence(request.getUnderlyingObject()), send(body)]);
        const status = answer.getStatus();
        // tus-js-client takes any failed HEAD for an upload that is gone, and would begin anew.
        if (method === "HEAD" && status >= 300 && !GONE.includes(status)) {
          throw Object.assign(new Error("refused"), { answer });
        }
        return answer;
      };
      return request;
    };
    return { createRequest, getName: () => "predictor" };
  }

  async function addChecksum(request, part, attempt) {
    // Reading it also tells a file that has changed since it was chosen from a lost connection.
    // Browsers have crypto.subtle on https and on this machine only; elsewhere TCP's own checksum must do.
    const hashing = Boolean(window.crypto && crypto.subtle);
    const content = await (hashing ? part : part.slice(0, 1)).arrayBuffer();
    if (!hashing) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    if (!attempt.over) request.setHeader("Upload-Checksum", "sha256 " + btoa(String.fromCharCode(...digest)));
  }

  /* Rejects, and ends the request, when nothing was heard of it for too long. */
  function silence(request) {
    return new Promise((_, reject) => {
      let clock;
      const heard = () => {
        clearTimeout(clock);
        clock = setTimeout(() => {
          request.abort();
          reject(new Error("silence"));
        }, SILENCE * 1000);
      };
      request.upload.addEventListener("progress", heard);
      request.addEventListener("loadend", () => clearTimeout(clock));
      heard();
    });
  }

  /*
   * A transfer. Its state is one of waiting (in line), sending, away (tries again by itself), paused, sent,
   * failed and cancelled; ``there`` is what the server has for sure, ``sent`` that and what is under way.
   */
  class Transfer {
    constructor(file, batch, changed) {
      this.file = file;
      this.name = file.webkitRelativePath || file.name;
      this.size = file.size;
      this.batch = batch;
      this.changed = changed;
      this.state = "new";
      this.sent = 0;
      this.there = 0;
      this.url = null;
      this.tries = 0;
      this.note = "";
    }

    become(state) {
      this.state = state;
      this.changed(this);
    }

    start() {
      this.error = null;
      line.push(this);
      this.become("waiting");
      next();
    }

    /* Leave the line or the wire; the upload stays on the server. */
    stop() {
      const place = line.indexOf(this);
      if (place >= 0) line.splice(place, 1);
      clearTimeout(this.clock);
      if (this.attempt) {
        this.attempt.over = true;
        if (this.attempt.upload) this.attempt.upload.abort();
        this.attempt = null;
      }
      sending.delete(this);
      next();
    }

    pause() {
      if (!["waiting", "sending", "away"].includes(this.state)) return;
      this.stop();
      this.sent = this.there;
      this.become("paused");
    }

    cancel() {
      this.stop();
      if (this.url) discard(this.url);
      this.become("cancelled");
    }

    /* Try again now, rather than when the time has come. */
    hurry() {
      if (this.state !== "away") return;
      clearTimeout(this.clock);
      this.begin();
    }

    async begin() {
      const attempt = (this.attempt = { over: false });
      this.become("sending");
      if (!this.url) {
        const mark = fingerprint(this.file);
        for (const known of remembered().filter((kept) => kept.mark === mark)) {
          if (!(await claim(known.url))) continue;
          this.url = known.url;
          break;
        }
      }
      if (attempt.over) return;
      this.resumed = Boolean(this.url);
      attempt.upload = new tus.Upload(this.file, this.options(attempt));
      attempt.upload.start();
    }

    options(attempt) {
      const live = (act) => (...told) => attempt.over || act(...told);
      return {
        endpoint: ENDPOINT,
        uploadUrl: this.url,
        chunkSize: PART,
        metadata: { filename: this.file.name, batch: this.batch, fingerprint: fingerprint(this.file) },
        // Attempts are made here: they have no end, and the page says when the next one is.
        retryDelays: null,
        storeFingerprintForResuming: false,
        httpStack: stackOf(attempt),
        onUploadUrlAvailable: live(() => this.located(attempt.upload.url)),
        onProgress: live((sent) => {
          this.sent = sent;
          this.changed(this);
        }),
        onChunkComplete: live((_size, accepted) => {
          this.tries = 0;
          this.note = "";
          this.there = accepted;
          this.keep();
        }),
        onSuccess: live(() => this.arrived()),
        onError: live((error) => this.trouble(error)),
      };
    }

    located(url) {
      if (url === this.url) return;
      if (this.url) {
        release(this.url);
        forget(this.url);
      }
      this.url = url;
      this.there = 0;
      claim(url);
      this.keep();
    }

    keep() {
      remember(this.url, { mark: fingerprint(this.file), name: this.name, size: this.size, at: Date.now() });
    }

    arrived() {
      this.sent = this.size;
      this.stop();
      this.become("sent");
    }

    /* The id of an upload, as the server's own routes call it. */
    id() {
      return this.url.replace(/\/+$/, "").split("/").pop();
    }

    /* What became of it is another's now: the upload itself is no more. */
    settle() {
      forget(this.url);
      release(this.url);
    }

    /* The server has looked at the file and refused it: that is an end, not an upload to go on with later. */
    refuse() {
      forget(this.url);
    }

    trouble(error) {
      const cause = error.causingError;
      const answer = error.originalResponse || (cause && cause.answer);
      const status = answer ? answer.getStatus() : 0;
      const told = answer ? errorOf(answer.getBody()) : null;
      this.attempt.over = true;
      if (cause instanceof DOMException) {
        return this.fail({
          message: "The file changed or moved after it was chosen.", remedy: "Choose it again.",
        });
      }
      if (GONE.includes(status)) {
        forget(this.url);
        release(this.url);
        this.url = null;
        return this.wait("The server no longer has the first part, so the upload starts over.");
      }
      if (status === DAMAGED) return this.wait("A part arrived damaged and is being sent again.");
      if (status === 401) return this.wait("You have been signed out.", "sign-in");
      if (status === NO_ROOM) return this.wait(told ? told.message : "The server's disk is full.", "room");
      if (status === 409 || status === 423) return this.wait("Another part is still being written.");
      if (status === 0 || status === 408 || status === 429 || status >= 500) {
        return this.wait(navigator.onLine === false ? "No connection." : "Waiting for the server.");
      }
      return this.fail(told || { message: "The server refused the file.", remedy: "" });
    }

    wait(note, kind = "") {
      const seconds = DELAYS[Math.min(this.tries, DELAYS.length - 1)];
      this.tries += 1;
      this.sent = this.there;
      this.note = note;
      this.kind = kind;
      this.until = Date.now() + seconds * 1000;
      this.clock = setTimeout(() => this.begin(), seconds * 1000);
      this.become("away");
    }

    fail(error) {
      this.stop();
      this.error = error;
      this.become("failed");
    }
  }

  function next() {
    while (line.length && sending.size < AT_ONCE) {
      const transfer = line.shift();
      sending.add(transfer);
      transfer.state = "sending";
      transfer.begin();
    }
  }

  function errorOf(text) {
    try {
      const told = JSON.parse(text);
      return told && told.message ? told : null;
    } catch {
      return null;
    }
  }

  /* Take an unfinished upload off the server; one that can't be reached now expires there by itself. */
  function discard(url) {
    release(url);
    forget(url);
    fetch(url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {});
  }

  /* Unfinished uploads of earlier visits that the server still has, with how far they are. */
  async function unfinished() {
    const locked = navigator.locks ? (await navigator.locks.query()).held.map((lock) => lock.name) : [];
    const open = remembered().filter((kept) => !held.has(kept.url) && !locked.includes(KEPT + kept.url));
    const asked = open.map(async (kept) => {
      const answer = await fetch(kept.url, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } });
      if (GONE.includes(answer.status)) forget(kept.url);
      if (!answer.ok) return null;
      return {
        ...kept,
        sent: Number(answer.headers.get("Upload-Offset")),
        expires: Date.parse(answer.headers.get("Upload-Expires") || "") || null,
      };
    });
    const answers = await Promise.allSettled(asked);
    return answers.map((answer) => answer.value).filter(Boolean).sort((one, other) => other.at - one.at);
  }

  window.addEventListener("online", () => sending.forEach((transfer) => transfer.hurry()));

  Object.assign(uploads, { Transfer, unfinished, discard, DELAYS });
})();
