/* How the card of a group of files reads at each moment (30-group.js): its words, its bar, its buttons. */
(function () {
  "use strict";

  const { element, uploads } = window.dash_clientside.predictor;
  const { Group, write, size, sizeOf, duration, count, UNDER_WAY, LONG } = uploads;

  const KEPT_ON =
    "You can open other pages meanwhile. If the connection drops, the upload resumes automatically. If you close this " +
    "tab, choose the same file again to continue where it stopped.";

  // What is wrong with a file itself: sent again, it would be refused again.
  const OF_THE_FILE = ["ingest", "mapping", "schema"];

  Group.prototype.render = function () {
    if (this.state === "cancelled") return;
    const found = this.look();
    write(this.title, this.heading());
    write(this.facts, found.facts);
    this.bar.hidden = found.share === undefined;
    if (found.share === null) this.bar.removeAttribute("value");
    else if (found.share !== undefined) this.bar.value = found.share;
    this.tell(found);
    write(this.hint, found.going && this.total() > LONG ? KEPT_ON : "");
    this.offer(found.actions);
    this.choice.hidden = this.state !== "choosing" || this.taken().length < 2;
    this.files.hidden = !this.several;
    if (this.several) this.members.forEach((member) => this.renderFile(member));
    for (const tone of ["failed", "uploaded", "away"]) {
      this.card.classList.toggle("upload-item-" + tone, found.tone === tone);
    }
  };

  Group.prototype.heading = function () {
    if (!this.several) return this.members[0].name;
    const names = this.taken().map((member) => member.name);
    if (!names.length) return count(this.members.length, "file", "files");
    const span = names.length > 1 ? ": " + names[0] + " to " + names[names.length - 1] : ": " + names[0];
    return count(names.length, "file", "files") + span;
  };

  /* What the group is at, as facts, a share for the bar, a message and the buttons. */
  Group.prototype.look = function () {
    const total = this.total();
    const transfers = this.taken().map((member) => member.transfer).filter(Boolean);
    const cancel = ["Cancel", () => this.cancel(), "quiet"];
    const dismiss = ["Dismiss", () => this.cancel(), "quiet"];
    if (!this.taken().length) {
      const error = this.several ? { message: "None of these files can be used.", remedy: "" } : this.members[0].refused;
      return { facts: this.several ? "" : size(this.members[0].size), error, actions: [dismiss], tone: "failed" };
    }
    if (this.state === "choosing") {
      const label = "Upload " + count(this.taken().length, "file", "files");
      const left = this.members.length - this.taken().length;
      const facts = size(total) + (left ? " · " + count(left, "file", "files") + " can't be used" : "");
      return { facts, actions: [[label, () => this.start(), "primary"], cancel] };
    }
    if (this.state === "done") return this.lookDone(total, dismiss);
    if (this.state === "refused") {
      const { error } = this.taken()[0];
      const actions = [dismiss];
      // The same file would be refused again, unless it was the server that had no room or no time for it.
      if (!OF_THE_FILE.includes(error.code)) actions.unshift(["Try again", () => this.again()]);
      if (this.taken().length > 1) actions.unshift(["Score each separately", () => this.apart(), "primary"]);
      return { facts: size(total) + " · refused", error, actions, tone: "failed" };
    }
    if (this.asking) {
      const text = "Cancel this upload? The " + size(this.sent()) + " already on the server will be discarded.";
      const actions = [["Keep uploading", () => this.keepOn(), "primary"], ["Yes, cancel", () => this.cancel(true), "danger"]];
      return { ...this.lookMoving(total, transfers, cancel), text, actions, going: false };
    }
    if (this.state === "finishing" || transfers.every((transfer) => transfer.state === "sent")) {
      const text = this.late ? "Waiting for the server. Nothing is lost; the upload resumes automatically." : "";
      return { facts: size(total) + " · uploaded, detecting the format", share: null, text, actions: [cancel] };
    }
    const failed = this.taken().filter((member) => member.transfer.state === "failed");
    const moving = transfers.some((transfer) => UNDER_WAY.includes(transfer.state));
    if (failed.length && !moving) return this.lookStuck(total, failed, cancel);
    return this.lookMoving(total, transfers, cancel);
  };

  Group.prototype.lookDone = function (total, dismiss) {
    const answers = this.members.map((member) => member.answer).filter(Boolean);
    const lost = this.taken().length - answers.length;
    const some = answers.length + " uploaded, " + lost + " refused";
    const facts = size(total) + " · " + (lost ? (answers.length ? some : "refused") : "uploaded");
    const links = this.mode === "one" ? answers.slice(0, 1) : [];
    const mayCome = this.taken().some((one) => !one.answer && !(one.error && OF_THE_FILE.includes(one.error.code)));
    const actions = lost && mayCome ? [["Try again", () => this.again()], dismiss] : [dismiss];
    return { facts, share: lost ? undefined : 1, links, actions, tone: lost ? "failed" : "uploaded" };
  };

  Group.prototype.lookStuck = function (total, failed, cancel) {
    const { error } = failed[0].transfer;
    const again = ["Try again", () => this.again()];
    if (!this.several) return { facts: size(total), error, actions: [again, cancel], tone: "failed" };
    const without = ["Continue without " + (failed.length === 1 ? "it" : "them"), () => failed.forEach((member) => this.leave(member)), "primary"];
    const where = failed.length === 1 ? failed[0].name : failed.length + " files";
    return { facts: size(total), error: { ...error, where }, actions: [without, again, cancel], tone: "failed" };
  };

  Group.prototype.lookMoving = function (total, transfers, cancel) {
    const sent = this.sent();
    const share = total ? sent / total : 0;
    const facts = [Math.floor(share * 100) + "%", sizeOf(sent, total)];
    const paused = transfers.some((transfer) => transfer.state === "paused");
    const away = transfers.find((transfer) => transfer.state === "away");
    const moving = transfers.some((transfer) => transfer.state === "sending");
    if (paused) {
      this.marks = [];
      const text = "Paused. The part already uploaded is kept.";
      return { facts: [...facts, "paused"].join(" · "), share, text, actions: [["Resume", () => this.resume(), "primary"], cancel] };
    }
    const actions = [["Pause", () => this.pause()], cancel];
    if (away && !moving) {
      this.marks = [];
      actions.unshift(["Try now", () => transfers.forEach((transfer) => transfer.hurry())]);
      const signIn = away.kind === "sign-in";
      return { facts: facts.join(" · "), share, waiting: away, signIn, actions, tone: "away" };
    }
    const rate = this.rate();
    if (rate > 0) facts.push(size(rate) + "/s", duration((total - sent) / rate) + " left");
    // A screen reader hears each quarter, not each step.
    const quarter = Math.floor(share * 4);
    if (quarter > this.spoken && share < 1) this.owner.say(this.name() + ": " + quarter * 25 + "%");
    this.spoken = quarter;
    return { facts: facts.join(" · "), share, text: away ? away.note : "", going: true, actions };
  };

  Group.prototype.keepOn = function () {
    this.asking = false;
    this.render();
  };

  /* The message below the bar: an error, what is waited for, links to what came of it, or a sentence. */
  Group.prototype.tell = function ({ error, waiting, signIn, links, text }) {
    if (waiting) {
      const seconds = Math.max(0, Math.ceil((waiting.until - Date.now()) / 1000));
      text = waiting.note + (signIn ? " Sign in in another tab; it" : " It") + " resumes automatically; next attempt in " + seconds + "\u00a0s.";
    }
    const key = error ? JSON.stringify(error) : links && links.length ? links[0].href : null;
    if (!key) {
      this.told = null;
      return write(this.message, text || "");
    }
    if (key === this.told) return undefined;
    this.told = key;
    if (error) {
      const where = error.where && error.where !== this.members[0].name ? error.where + ": " : "";
      this.message.replaceChildren(element("strong", "", where + error.message), " " + (error.remedy || ""));
    } else {
      this.message.replaceChildren(...this.before(links[0], "Uploaded"), this.link(links[0]));
    }
    return undefined;
  };

  /* Where the same bytes were uploaded before, the way to what became of them. */
  Group.prototype.before = function ({ earlier }, uploaded) {
    if (!earlier) return [];
    const going = { scoring: ["still being scored", "See its progress"], done: ["already scored", "Open its results"] };
    const [state, way] = going[earlier.state] || ["", "Open it"];
    const text = uploaded + " before as " + earlier.name + (state ? ", " + state : "") + ": ";
    return [text, this.link({ href: earlier.href }, way), " · "];
  };

  Group.prototype.link = function (answer, words) {
    const again = answer.earlier ? "Open this upload's results" : "Open its results";
    const name = words || (answer.needs_mapping ? "Map its columns" : again);
    const link = element("a", "upload-item-link", name);
    link.href = answer.href;
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      this.owner.open(answer.href);
    });
    return link;
  };

  /* Buttons are made anew only when they are others, so that none is lost under a finger. */
  Group.prototype.offer = function (actions) {
    const key = actions.map(([label]) => label).join("|");
    if (key === this.offered) return;
    this.offered = key;
    const hadFocus = this.actions.contains(document.activeElement);
    this.actions.replaceChildren(
      ...actions.map(([label, act, kind]) => {
        const button = element("button", "btn btn-" + (kind || "secondary"), label);
        button.type = "button";
        button.setAttribute("aria-label", label + (this.several ? "" : " " + this.members[0].name));
        button.addEventListener("click", act);
        return button;
      })
    );
    if (hadFocus) this.actions.querySelector("button").focus();
  };

  /* What is wrong with a file itself; what is wrong with all of them together the message says. */
  Group.prototype.errorOf = function ({ refused, error, transfer, name }) {
    if (refused) return refused;
    if (error && (this.mode === "each" || error.where === name)) return error;
    return transfer && transfer.state === "failed" ? transfer.error : null;
  };

  Group.prototype.renderFile = function (member) {
    const { transfer } = member;
    const error = this.errorOf(member);
    let text = size(member.size);
    if (error) text = error.message;
    else if (member.answer) text += " · uploaded";
    else if (member.finishing) text += " · detecting the format";
    else if (transfer && transfer.state === "sending") text = Math.floor((100 * transfer.sent) / member.size) + "% of " + text;
    else if (transfer) text += " · " + { waiting: "waiting", away: "waiting for the server", paused: "paused", sent: "uploaded" }[transfer.state];
    const linked = this.mode === "each" && member.answer;
    if (!linked) write(member.shown, text);
    else if (!member.linked) {
      member.shown.replaceChildren(...this.before(member.answer, "uploaded"), this.link(member.answer));
    }
    member.linked = linked;
    member.act.hidden = Boolean(member.answer || member.finishing || this.state === "done");
    member.row.classList.toggle("upload-file-failed", Boolean(error));
    member.row.style.setProperty("--share", transfer && transfer.state === "sending" ? transfer.sent / member.size : 0);
  };
})();
