/*
 * Uploads: files go to the server as they are, one after another, with progress and a way to stop.
 *
 * Dash renders the places (components/upload_drop.py); what is in them belongs to this file, because a
 * file's bytes never pass through a callback. Uploads go on while other pages are open.
 */
(function () {
  "use strict";

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const predictor = (clientside.predictor = clientside.predictor || {});

  const DROP = "upload-drop";
  const PICKER = "upload-picker";
  const LIST = "upload-list";
  const STATUS = "upload-status";
  const DONE = "upload-done";
  const PAGE = "/upload";
  // Seconds of progress the shown rate is taken over.
  const RATE_WINDOW = 4;

  const queue = [];
  let running = null;
  let finished = 0;
  let announced = 0;

  const byId = (id) => document.getElementById(id);

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function size(bytes) {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return (unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)) + " " + units[unit];
  }

  function duration(seconds) {
    if (!isFinite(seconds)) return "";
    if (seconds < 60) return Math.max(1, Math.round(seconds)) + " s";
    if (seconds < 3600) return Math.round(seconds / 60) + " min";
    return (seconds / 3600).toFixed(1) + " h";
  }

  function say(text) {
    const status = byId(STATUS);
    if (status) status.textContent = text;
  }

  /* One upload: its file, its request, and the row that shows it. */
  function Upload(file, limit) {
    this.file = file;
    this.limit = limit;
    this.marks = [];
    this.spoken = 0;
    this.over = false;

    this.row = element("li", "upload-item");
    const head = element("div", "upload-item-head");
    head.append(element("span", "upload-item-name", file.name));
    this.facts = element("span", "upload-item-facts", size(file.size) + " · waiting");
    head.append(this.facts);
    this.button = element("button", "button button-quiet upload-item-stop", "Cancel");
    this.button.type = "button";
    this.button.setAttribute("aria-label", "Cancel the upload of " + file.name);
    this.button.addEventListener("click", () => this.cancel());
    head.append(this.button);
    this.bar = element("progress", "upload-item-bar");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", "Upload of " + file.name);
    this.message = element("div", "upload-item-message");
    this.row.append(head, this.bar, this.message);
  }

  Upload.prototype.start = function () {
    if (this.file.size === 0) {
      return this.fail({ message: "The file is empty.", remedy: "Export it again and look inside." });
    }
    if (this.limit && this.file.size > this.limit) {
      return this.fail({
        message: "The file is larger than the " + size(this.limit) + " this server takes.",
        remedy: "Split the export, or compress it: .csv.gz is read as it is.",
      });
    }
    const request = (this.request = new XMLHttpRequest());
    request.open("PUT", "/api/uploads/" + encodeURIComponent(this.file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => this.progress(event.loaded));
    request.upload.addEventListener("load", () => {
      this.bar.removeAttribute("value");
      this.facts.textContent = size(this.file.size) + " · looking at it";
    });
    request.addEventListener("load", () => this.answered());
    request.addEventListener("error", () => this.lost());
    request.send(this.file);
    say("Uploading " + this.file.name);
  };

  Upload.prototype.progress = function (loaded) {
    const now = performance.now() / 1000;
    this.marks.push([now, loaded]);
    while (this.marks.length > 2 && now - this.marks[0][0] > RATE_WINDOW) this.marks.shift();
    const [since, before] = this.marks[0];
    const rate = now > since ? (loaded - before) / (now - since) : 0;
    const share = this.file.size ? loaded / this.file.size : 0;
    this.bar.value = share;
    const parts = [Math.floor(share * 100) + "%", size(loaded) + " of " + size(this.file.size)];
    if (rate > 0) {
      parts.push(size(rate) + "/s");
      if (share < 1) parts.push(duration((this.file.size - loaded) / rate) + " left");
    }
    this.facts.textContent = parts.join(" · ");
    // A screen reader hears each quarter, not each step.
    const quarter = Math.floor(share * 4);
    if (quarter > this.spoken && share < 1) {
      this.spoken = quarter;
      say(this.file.name + ": " + quarter * 25 + "%");
    }
  };

  Upload.prototype.answered = function () {
    let answer = null;
    try {
      answer = JSON.parse(this.request.responseText);
    } catch {
      answer = null;
    }
    if (this.request.status === 401) {
      location.assign("/sign-in?next=" + encodeURIComponent(location.pathname));
    } else if (this.request.status === 201 && answer) {
      this.succeed(answer);
    } else {
      this.fail(answer && answer.message ? answer : { message: "The server refused the file." });
    }
  };

  Upload.prototype.succeed = function (answer) {
    this.bar.value = 1;
    this.facts.textContent = size(this.file.size) + " · uploaded";
    this.button.remove();
    const link = element(
      "a", "upload-item-link", answer.needs_mapping ? "Say what its columns are" : "Open its results"
    );
    link.href = answer.href;
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      open(answer.href);
    });
    this.message.replaceChildren(link);
    this.end("uploaded");
    say(this.file.name + " is uploaded");
    finished += 1;
    // One file: go on to what became of it. Several: stay, each has its link.
    if (this.alone && !running && location.pathname === PAGE) {
      open(answer.href);
    } else {
      refreshHistory();
    }
  };

  Upload.prototype.fail = function (error) {
    this.bar.remove();
    this.facts.textContent = size(this.file.size);
    this.message.replaceChildren(
      element("strong", "", (error.where && error.where !== this.file.name ? error.where + ": " : "") + error.message)
    );
    if (error.remedy) this.message.append(" ", error.remedy);
    this.end("failed");
    this.button.textContent = "Dismiss";
    this.button.setAttribute("aria-label", "Dismiss " + this.file.name);
    say(this.file.name + " was not uploaded: " + error.message);
  };

  Upload.prototype.lost = function () {
    // The server may have refused and closed before the whole file was sent.
    this.fail({
      message: "The connection was lost.",
      remedy: "Check that the server is running and that the file has not changed, then choose it again.",
    });
  };

  Upload.prototype.cancel = function () {
    if (!this.over) {
      if (this.request) this.request.abort();
      say("The upload of " + this.file.name + " was cancelled");
      this.end("cancelled");
    }
    this.row.remove();
    const index = items.indexOf(this);
    if (index >= 0) items.splice(index, 1);
    const input = byId("upload-file");
    if (input) input.focus();
  };

  Upload.prototype.end = function (state) {
    this.over = true;
    this.row.classList.add("upload-item-" + state);
    const waiting = queue.indexOf(this);
    if (waiting >= 0) queue.splice(waiting, 1);
    if (running === this) running = null;
    next();
  };

  const items = [];

  function open(href) {
    predictor.openAddress({ pathname: href, query: "" });
  }

  function next() {
    if (running || !queue.length) return;
    running = queue.shift();
    running.start();
  }

  function take(files) {
    const drop = byId(DROP);
    const limit = Number(drop && drop.dataset.limit) || 0;
    const several = files.length > 1 || queue.length > 0 || running !== null;
    for (const file of files) {
      const upload = new Upload(file, limit);
      upload.alone = !several;
      items.unshift(upload);
      queue.push(upload);
    }
    show();
    next();
  }

  function refreshHistory() {
    // The store has no element of its own: the list tells whether the page is open.
    if (byId(LIST) && announced !== finished) {
      announced = finished;
      clientside.set_props(DONE, { data: finished });
    }
  }

  /* Fill the places of the page, which Dash makes anew each time the page is opened. */
  function show() {
    const picker = byId(PICKER);
    if (picker && !picker.firstChild) {
      const input = element("input", "upload-file");
      input.type = "file";
      input.id = "upload-file";
      input.multiple = true;
      input.accept = (byId(DROP) || picker).dataset.accept || "";
      input.setAttribute("aria-describedby", "upload-help");
      input.addEventListener("change", () => {
        take([...input.files]);
        input.value = ""; // so that the same file can be chosen again
      });
      picker.append(input);
    }
    const list = byId(LIST);
    if (!list) return;
    for (const upload of items) {
      if (upload.row.parentNode !== list) list.append(upload.row);
    }
  }

  function overDrop(event) {
    const drop = byId(DROP);
    return drop && event.dataTransfer && [...event.dataTransfer.types].includes("Files") ? drop : null;
  }

  // Anywhere on the page will do: a file let go beside the box must not replace the page.
  document.addEventListener("dragover", (event) => {
    const drop = overDrop(event);
    if (!drop) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    drop.classList.add("upload-drop-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) byId(DROP)?.classList.remove("upload-drop-over");
  });
  document.addEventListener("drop", (event) => {
    const drop = overDrop(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("upload-drop-over");
    take([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running || queue.length) event.preventDefault();
  });
  new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
  show();
})();
