/*
 * The upload page's own part in the browser: files chosen or dropped, the cards of what is under way, and
 * uploads of earlier visits that can go on.
 *
 * Dash renders the places (components/upload/drop.py); what is in them belongs to this file, because a
 * file's bytes never pass through a callback. Uploads go on while other pages are open.
 */
(function () {
  "use strict";

  const clientside = window.dash_clientside;
  const { predictor } = clientside;
  const { element, uploads } = predictor;
  const { Group } = uploads;

  const DROP = "upload-drop";
  const PICKER = "upload-picker";
  const LIST = "upload-list";
  const EARLIER = "upload-earlier";
  const STATUS = "upload-status";
  const DONE = "upload-done";
  const PAGE = "/upload";

  const groups = [];
  let finished = 0;
  let announced = 0;
  let asked = null;

  const byId = (id) => document.getElementById(id);

  const owner = {
    say(text) {
      const status = byId(STATUS);
      if (status) status.textContent = text;
    },
    open(href) {
      predictor.openAddress({ pathname: href, query: "" });
    },
    finished(group, answers) {
      finished += answers.length;
      // One dataset and nothing else to watch: go on to what became of it. Else stay, each has its link.
      const alone = groups.every((other) => other === group || other.state === "done");
      // What was uploaded before is said here, with the way to it: somebody may have chosen the wrong file.
      const again = answers.some((answer) => answer.earlier);
      if (group.mode === "one" && answers.length && alone && !again && location.pathname === PAGE) {
        groups.splice(groups.indexOf(group), 1);
        group.card.remove();
        owner.open(answers[0].href);
      } else {
        refreshHistory();
      }
    },
    removed(group) {
      const index = groups.indexOf(group);
      if (index >= 0) groups.splice(index, 1);
      const input = byId("upload-file");
      if (input) input.focus();
      showEarlier();
    },
  };

  async function take(files, left = 0) {
    if (left) owner.say(uploads.count(left, "file", "files") + " of other types left out");
    if (!files.length) return;
    const { limit, accept } = byId(DROP).dataset;
    const rules = { limit: Number(limit) || 0, accepted: (accept || "").split(",") };
    const chosen = await Promise.all(
      files.map(async (file) => ({ file, refused: await uploads.refusal(file, rules) }))
    );
    // Files that come while others wait for a word about them belong to those.
    const open = groups.find((group) => group.state === "choosing");
    const group = open || new Group(chosen, owner);
    if (open) open.add(chosen);
    else groups.unshift(group);
    show();
    const refused = chosen.find((one) => one.refused);
    if (refused) owner.say(refused.file.name + " was rejected: " + refused.refused.message);
    if (group.several) group.actions.querySelector("button").focus();
    else if (group.taken().length) group.start();
    showEarlier();
  }

  function refreshHistory() {
    // The store has no element of its own: the list tells whether the page is open.
    if (byId(LIST) && announced !== finished) {
      announced = finished;
      clientside.set_props(DONE, { data: finished });
    }
  }

  /* Uploads of earlier visits: the browser knows them, but only a person can hand it the file again. */
  async function showEarlier() {
    const place = byId(EARLIER);
    if (!place) return;
    const turn = (asked = {});
    const found = await uploads.unfinished().catch(() => []);
    if (turn !== asked || !place.isConnected) return;
    place.replaceChildren(...found.map(earlierRow));
    place.parentElement.hidden = !found.length;
  }

  function earlierRow(kept) {
    const row = element("li", "upload-earlier-row");
    const words = element("div", "upload-item-words");
    const share = Math.floor((100 * kept.sent) / kept.size);
    const facts = [share + "%", uploads.sizeOf(kept.sent, kept.size) + " on the server"];
    if (kept.expires) {
      facts.push("kept until " + new Date(kept.expires).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }));
    }
    words.append(element("div", "upload-item-name", kept.name), element("div", "upload-item-facts", facts.join(" · ")));
    const actions = element("div", "upload-item-actions");
    const choose = element("button", "btn btn-secondary", "Choose it again");
    choose.addEventListener("click", () => byId("upload-file").click());
    const discard = element("button", "btn btn-link", "Discard");
    discard.addEventListener("click", () => {
      uploads.discard(kept.url);
      owner.say("The unfinished upload of " + kept.name + " is discarded");
      row.remove();
      byId("upload-file").focus();
      showEarlier();
    });
    for (const button of [choose, discard]) {
      button.type = "button";
      button.setAttribute("aria-label", button.textContent + ": " + kept.name);
    }
    actions.append(choose, discard);
    row.append(words, actions);
    return row;
  }

  /* Fill the places of the page, which Dash makes anew each time the page is opened. */
  function show() {
    const picker = byId(PICKER);
    if (picker && !picker.firstChild) {
      const input = element("input", "upload-file-input");
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
      showEarlier();
    }
    const list = byId(LIST);
    if (!list) return;
    groups.forEach((group, index) => {
      if (list.children[index] !== group.card) list.insertBefore(group.card, list.children[index] || null);
    });
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
  document.addEventListener("drop", async (event) => {
    const drop = overDrop(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("upload-drop-over");
    const { files, left } = await uploads.dropped(event.dataTransfer, drop.dataset.accept.split(","));
    take(files, left);
  });
  window.addEventListener("beforeunload", (event) => {
    if (groups.some((group) => group.isBusy())) event.preventDefault();
  });
  new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
  show();
})();
