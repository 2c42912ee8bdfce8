/*
 * What was chosen in one go: a file, or several files that are one export or an export each.
 *
 * Holds the card that shows it (how much, how fast, how long, what is waited for, what can be done), asks what
 * several files are, and has the server make datasets of what has arrived.
 */
(function () {
  "use strict";

  const { element, uploads } = window.dash_clientside.predictor;
  const { Transfer, count } = uploads;

  const FINISH = "/api/tus-finish";
  // Milliseconds between two looks at what has changed.
  const TICK = 250;
  // Seconds of progress the shown rate is taken over; less says nothing yet.
  const RATE_WINDOW = 10;
  const RATE_LEAST = 0.8;
  // Bytes from which it is worth to say what happens if something happens, and to ask before all is thrown away.
  const LONG = 50e6;
  const UNDER_WAY = ["waiting", "sending", "away", "paused"];

  function write(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  let made = 0;

  /*
   * ``chosen`` has, for each file, the file and why it is refused (or null). ``owner`` is told: say(text),
   * finished(group, answers), removed(group).
   */
  function Group(chosen, owner) {
    this.owner = owner;
    this.number = made += 1;
    this.batch = Date.now().toString(36) + "-" + this.number;
    this.mode = uploads.alike(chosen.filter((one) => !one.refused).map((one) => one.file)) ? "one" : "each";
    this.state = "choosing";
    this.marks = [];
    this.spoken = 0;
    this.members = [];
    this.draw();
    this.add(chosen);
  }

  Group.prototype.draw = function () {
    this.card = element("li", "upload-item");
    const head = element("div", "upload-item-head");
    const words = element("div", "upload-item-words");
    this.title = element("div", "upload-item-name");
    this.title.id = "upload-title-" + this.number;
    this.facts = element("div", "upload-item-facts");
    words.append(this.title, this.facts);
    this.actions = element("div", "upload-item-actions");
    head.append(words, this.actions);
    this.bar = element("progress", "upload-item-bar");
    this.bar.max = 1;
    this.bar.setAttribute("aria-labelledby", this.title.id);
    this.message = element("div", "upload-item-message");
    this.hint = element("div", "upload-item-hint");
    this.choice = this.drawChoice();
    this.files = element("ul", "upload-files");
    this.files.setAttribute("aria-label", "Files");
    this.card.append(head, this.bar, this.message, this.hint, this.choice, this.files);
  };

  Group.prototype.drawChoice = function () {
    const choice = element("fieldset", "upload-choice");
    choice.append(element("legend", "mb-1", "What are these files?"));
    const options = [
      ["one", "One export, in several files", "For example, a month of daily files. They are read as one export."],
      ["each", "One export per file", "Each becomes its own export and is scored separately."],
    ];
    for (const [value, name, help] of options) {
      const label = element("label", "upload-choice-option");
      const radio = element("input");
      radio.type = "radio";
      radio.name = "upload-mode-" + this.number;
      radio.value = value;
      radio.checked = value === this.mode;
      radio.addEventListener("change", () => {
        this.mode = value;
      });
      const words = element("span", "upload-choice-words");
      words.append(element("span", "upload-choice-name", name), element("span", "upload-choice-help", help));
      label.append(radio, words);
      choice.append(label);
    }
    return choice;
  };

  Group.prototype.add = function (chosen) {
    for (const { file, refused } of chosen) {
      const member = { file, refused, name: file.webkitRelativePath || file.name, size: file.size };
      member.row = element("li", "upload-file");
      member.shown = element("span", "upload-file-state");
      member.act = element("button", "btn btn-link btn-icon upload-file-leave");
      member.act.type = "button";
      member.act.title = "Leave out " + member.name;
      member.act.setAttribute("aria-label", member.act.title);
      member.act.append(element("span", "icon icon-x"));
      member.act.addEventListener("click", () => this.leave(member));
      member.row.append(element("span", "upload-file-name", member.name), member.shown, member.act);
      this.members.push(member);
    }
    // What can't be taken stands first: nobody should have to look for it.
    this.members.sort(
      (one, other) => !one.refused - !other.refused || one.name.localeCompare(other.name, "en", { numeric: true })
    );
    this.files.replaceChildren(...this.members.map((member) => member.row));
    this.several = this.several || this.members.length > 1;
    this.card.classList.toggle("upload-item-several", this.several);
    this.render();
  };

  Group.prototype.taken = function () {
    return this.members.filter((member) => !member.refused);
  };

  Group.prototype.isBusy = function () {
    return this.state === "running" || this.state === "finishing";
  };

  Group.prototype.total = function () {
    return this.taken().reduce((sum, member) => sum + member.size, 0);
  };

  Group.prototype.sent = function () {
    return this.taken().reduce((sum, member) => sum + (member.transfer ? member.transfer.sent : 0), 0);
  };

  Group.prototype.start = function () {
    for (const member of this.taken()) {
      member.transfer = new Transfer(member.file, this.batch, () => this.moved(member));
    }
    this.run();
    this.taken().forEach((member) => member.transfer.start());
    this.owner.say("Uploading " + this.name());
    this.render();
  };

  Group.prototype.run = function () {
    this.state = "running";
    clearInterval(this.clock);
    this.clock = setInterval(() => this.render(), TICK);
  };

  Group.prototype.name = function () {
    return this.several ? count(this.taken().length, "file", "files") : this.members[0].name;
  };

  /* A file's transfer has changed: only a change of its state can change what is next. */
  Group.prototype.moved = function (member) {
    const { state, note } = member.transfer;
    if (member.last === state || this.state !== "running") return;
    member.last = state;
    if (state === "away") this.owner.say(note + " It resumes automatically.");
    if (state === "failed") this.owner.say(member.name + " was rejected: " + member.transfer.error.message);
    if (state === "sent" && this.mode === "each") this.finish([member]);
    this.proceed();
  };

  Group.prototype.proceed = function () {
    const states = this.taken().map((member) => member.transfer.state);
    if (this.mode === "one" && this.state === "running" && states.length && states.every((state) => state === "sent")) {
      this.finish(this.taken());
    }
    if (this.mode === "each" && this.taken().every((member) => this.isSettled(member))) this.end();
    this.render();
  };

  Group.prototype.isSettled = function (member) {
    return Boolean(member.refused || member.answer || member.error || member.transfer.state === "failed");
  };

  /* Have one dataset made of these files. The server answers the same however often it is asked. */
  Group.prototype.finish = async function (members) {
    if (this.mode === "one") this.state = "finishing";
    members.forEach((member) => Object.assign(member, { error: null, finishing: true }));
    this.render();
    const { answer, error } = await this.ask(members.map((member) => member.transfer.id()));
    if (this.state === "cancelled") return;
    members.forEach((member) => Object.assign(member, { answer, error, finishing: false }));
    if (answer) members.forEach((member) => member.transfer.settle());
    if (error) members.forEach((member) => member.transfer.refuse());
    if (this.mode === "one") this.state = error ? "refused" : "running";
    if (this.mode === "one" && answer) this.end();
    else this.proceed();
    if (error) this.owner.say((error.where || this.name()) + ": " + error.message);
  };

  Group.prototype.ask = async function (ids) {
    for (let attempt = 0; this.state !== "cancelled"; attempt += 1) {
      try {
        const answer = await fetch(FINISH, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ uploads: ids, name: null }),
        });
        const told = await answer.json().catch(() => null);
        if (answer.ok && told) return { answer: told };
        if (answer.status < 500 || (told && told.code && told.code !== "error")) {
          return { error: told && told.message ? told : { message: "The server refused the file.", remedy: "" } };
        }
      } catch {
        // The server is away; what it has, it keeps.
      }
      this.late = true;
      const seconds = uploads.DELAYS[Math.min(attempt, uploads.DELAYS.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
    return {};
  };

  Group.prototype.end = function () {
    if (this.state === "done") return;
    this.state = "done";
    clearInterval(this.clock);
    this.render();
    const answers = this.members.map((member) => member.answer).filter(Boolean);
    if (answers.length) this.owner.say(this.name() + (this.several ? " are uploaded" : " is uploaded"));
    this.owner.finished(this, answers);
  };

  Group.prototype.pause = function () {
    this.taken().forEach((member) => member.transfer.pause());
    this.owner.say("Paused");
    this.render();
  };

  Group.prototype.resume = function () {
    this.marks = [];
    for (const member of this.taken()) if (member.transfer.state === "paused") member.transfer.start();
    this.render();
  };

  Group.prototype.again = function () {
    const refused = this.taken().filter((member) => member.error);
    this.late = false;
    this.run();
    for (const member of this.taken()) if (member.transfer.state === "failed") member.transfer.start();
    if (this.mode === "one" && refused.length) this.finish(refused);
    else refused.forEach((member) => this.finish([member]));
    this.render();
  };

  /* One export was refused, such as for columns that don't fit: let each file stand for itself. */
  Group.prototype.apart = function () {
    this.mode = "each";
    this.run();
    this.taken().forEach((member) => this.finish([member]));
  };

  Group.prototype.leave = function (member) {
    if (this.members.length === 1) return this.cancel();
    if (member.transfer && !member.answer) member.transfer.cancel();
    this.members.splice(this.members.indexOf(member), 1);
    member.row.remove();
    this.owner.say(member.name + " is left out");
    if (!this.taken().length) return this.cancel();
    if (this.state === "running") this.proceed();
    this.render();
    (this.files.querySelector("button:not([hidden])") || this.actions.querySelector("button"))?.focus();
  };

  Group.prototype.cancel = function (sure) {
    const dear = this.state === "running" && this.sent() > LONG;
    this.asking = dear && !sure;
    if (this.asking) return this.render();
    const over = this.state === "done";
    this.state = "cancelled";
    clearInterval(this.clock);
    for (const member of this.members) if (member.transfer && !member.answer) member.transfer.cancel();
    this.card.remove();
    if (!over) this.owner.say("The upload of " + this.name() + " was cancelled");
    this.owner.removed(this);
  };

  Group.prototype.rate = function () {
    const now = performance.now() / 1000;
    const sent = this.sent();
    const last = this.marks[this.marks.length - 1];
    // A part that is sent again takes the figure back: a rate over that would be nonsense.
    if (last && sent < last[1]) this.marks = [];
    this.marks.push([now, sent]);
    while (now - this.marks[0][0] > RATE_WINDOW) this.marks.shift();
    const [since, before] = this.marks[0];
    return now - since > RATE_LEAST ? (sent - before) / (now - since) : 0;
  };

  Object.assign(uploads, { Group, write, UNDER_WAY, LONG });
})();
