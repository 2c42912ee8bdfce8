/*
 * A map of sessions that is moved about in: what it shows, what part of it is seen, what is told of a dot.
 *
 * Places are fetched once (/api/map/...), colours one array at a time. What is chosen on the map goes to
 * Dash through the store ``clusters-selected``, the part that is seen through ``clusters-frame``.
 */
(function () {
  "use strict";

  const clientside = window.dash_clientside;
  const { predictor } = clientside;
  const { element } = predictor;
  const { fitted, framed, unpacked, writeArea, zoomed } = predictor.mapMaths;
  const { inWords } = predictor.mapColours;

  const answers = new Map();

  function fetched(address, read) {
    if (!answers.has(address)) {
      const answer = fetch(address).then((response) => {
        if (!response.ok) throw new Error("The map could not be loaded (" + response.status + ").");
        return read(response);
      });
      answer.catch(() => answers.delete(address));
      answers.set(address, answer);
      // A few sources and colours; the oldest go first.
      if (answers.size > 24) answers.delete(answers.keys().next().value);
    }
    return answers.get(address);
  }

  const arrays = (address) => fetched(address, async (response) => unpacked(await response.arrayBuffer()));

  class MovableMap extends predictor.MapPicture {
    /* Show a source's sessions, coloured and selected as told; only what is new is fetched. */
    async show(settings) {
      const before = this.settings;
      this.settings = settings;
      const turn = (this.asked = {});
      const address = "/api/map/" + encodeURIComponent(settings.source);
      const version = "?v=" + settings.version;
      const coloured = settings.colour && settings.colour !== "cluster_id";
      try {
        const [places, values] = await Promise.all([
          arrays(address + "/places" + version),
          coloured ? arrays(address + "/values/" + encodeURIComponent(settings.colour) + version) : null,
        ]);
        if (turn !== this.asked) return;
        this.sessions = () => fetched(address + "/sessions" + version, (response) => response.json());
        const seen = this.view;
        const recoloured = this.places !== places || this.values !== values || !this.colours;
        if (this.places !== places) this.place(places);
        this.values = values;
        if (!this.view || before.frame !== settings.frame) this.view = framed(settings.frame, this.whole);
        if (recoloured) this.paint();
        const chosen = this.choose();
        if (recoloured || chosen || this.view !== seen) this.redraw();
        this.host.removeAttribute("data-problem");
      } catch (problem) {
        this.host.setAttribute("data-problem", problem.message);
      }
    }

    async point(px, py, near) {
      const i = this.nearest(px, py, near);
      this.pointed = i;
      if (i < 0) {
        this.tip.hidden = true;
        return;
      }
      const cluster = this.places.cluster[i];
      const lines = [element("strong", "", this.settings.names[cluster] || "No cluster")];
      const session = element("div", "", "session …");
      lines.push(session);
      if (this.values) {
        const { head, values } = this.values;
        lines.push(element("div", "", head.label + ": " + inWords(head, values[i], this.settings.money)));
      }
      this.tip.replaceChildren(...lines);
      this.tip.hidden = false;
      const [x, y] = this.toPlot(this.x[i], this.y[i]);
      const over = x > this.width / 2;
      this.tip.style.left = over ? "" : x + 12 + "px";
      this.tip.style.right = over ? this.width - x + 12 + "px" : "";
      this.tip.style.top = Math.max(4, Math.min(this.height - 70, y - 20)) + "px";
      const ids = await this.sessions();
      if (this.pointed === i) session.textContent = "session " + ids[i];
    }

    zoom(factor, px = this.width / 2, py = this.height / 2) {
      if (!this.view) return;
      this.move(zoomed(this.view, this.whole, factor, this.toData(px, py)));
    }

    pan(dx, dy) {
      if (!this.view) return;
      const [x0, x1, y0, y1] = this.view;
      const sx = (dx / this.width) * (x1 - x0);
      const sy = (dy / this.height) * (y1 - y0);
      this.move([x0 - sx, x1 - sx, y0 + sy, y1 + sy]);
    }

    /* See another part, never beyond the dots. */
    move(view) {
      this.view = fitted(view, this.whole);
      this.tip.hidden = true;
      this.draw(true);
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.tellFrame(), 400);
    }

    tellFrame() {
      if (!this.host.isConnected) return;
      const [x0, x1, y0, y1] = this.view;
      const all = this.view.every((value, i) => Math.abs(value - this.whole[i]) < 1e-6);
      const frame = all ? "" : writeArea([[x0, y0], [x1, y1]]);
      this.settings = { ...this.settings, frame };
      clientside.set_props("clusters-frame", { data: frame });
    }

    /* Show a choice at once; the page hears of it when it is on the screen. */
    tell(cluster, area) {
      this.settings = { ...this.settings, cluster, area };
      this.choose();
      this.redraw();
      this.told = { cluster, area };
      requestAnimationFrame(() => setTimeout(() => this.pass()));
    }

    pass() {
      const told = this.told;
      if (!told || !this.host.isConnected) return;
      if (this.drawing) {
        requestAnimationFrame(() => setTimeout(() => this.pass()));
        return;
      }
      this.told = null;
      clientside.set_props("clusters-selected", { data: told });
    }

    use(tool) {
      if (["move", "lasso", "box"].includes(tool)) {
        this.mode = tool;
        this.plot.dataset.mode = tool;
        for (const other of this.host.querySelectorAll("[data-tool]")) {
          if (other.hasAttribute("aria-pressed")) {
            other.setAttribute("aria-pressed", String(other.dataset.tool === tool));
          }
        }
      } else if (tool === "in" || tool === "out") {
        this.zoom(tool === "in" ? 1 / 1.5 : 1.5);
      } else if (tool === "reset") {
        if (this.whole) this.move(this.whole.slice());
      } else if (tool === "view" && this.view) {
        const [x0, x1, y0, y1] = this.view;
        this.tell(null, writeArea([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]));
      }
    }
  }

  predictor.MovableMap = MovableMap;
})();
