/*
 * The map of sessions: up to 50,000 dots to move about in, point at and draw around.
 *
 * Dots are written into the pixels of a canvas by the processor. That takes some milliseconds for 50,000 of
 * them on every machine, while WebGL takes a second where no graphics card helps (benchmarks/scatter.py).
 * No frame waits for them: what is there is moved and stretched while the next picture is being drawn
 * (session-map-dots.js).
 * Places are fetched once (/api/map/...), colours one array at a time. What is chosen on the map goes to
 * Dash through the store ``clusters-selected``, the part that is seen through ``clusters-frame``.
 */
(function () {
  "use strict";

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const predictor = (clientside.predictor = clientside.predictor || {});

  const { Index, Drawing } = predictor.mapDots;

  const UNKNOWN = 255;
  const MOST_CORNERS = 60;
  /* Pixels: how near a dot is pointed at, how far a click may move, how far apart a drawn line's points are. */
  const NEAR = 10;
  const STILL = 4;
  const STEP = 3;
  /* The same by a finger, which is neither as fine nor as still as a mouse. */
  const TOUCHED = { near: 20, still: 9 };
  const DEEPEST = 400;
  /* Milliseconds of one frame that dots are drawn for. */
  const SLICE = 7;

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

  /* Read what core.results.clusters.session_map.pack has written. */
  async function unpacked(response) {
    const buffer = await response.arrayBuffer();
    const length = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const kinds = { u2: Uint16Array, u1: Uint8Array, f4: Float32Array };
    const found = { head };
    let at = 4 + length;
    for (const [name, kind, count] of head.arrays) {
      found[name] = new kinds[kind](buffer, at, count);
      at += Math.ceil(found[name].byteLength / 4) * 4;
    }
    return found;
  }

  function colourOf(name) {
    const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return parsed(text) || [128, 128, 128];
  }

  function parsed(text) {
    const found = /^#([0-9a-f]{6})$/i.exec(text);
    if (!found) return null;
    const value = parseInt(found[1], 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }

  /* Take corners away, always the one whose triangle with its neighbours is smallest (Visvalingam 1993). */
  function simplified(corners, most, least) {
    const kept = corners.slice();
    const size = (i) => {
      const [ax, ay] = kept[(i + kept.length - 1) % kept.length];
      const [bx, by] = kept[i];
      const [cx, cy] = kept[(i + 1) % kept.length];
      return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
    };
    while (kept.length > 3) {
      let smallest = 0;
      let found = Infinity;
      for (let i = 0; i < kept.length; i++) {
        const own = size(i);
        if (own < found) {
          found = own;
          smallest = i;
        }
      }
      if (kept.length <= most && found >= least) break;
      kept.splice(smallest, 1);
    }
    return kept;
  }

  function readArea(text) {
    return (text || "").split(",").map((part) => part.split(":").map(Number)).filter((c) => c.length === 2);
  }

  function writeArea(corners) {
    return corners.map((c) => c.map((value) => String(Math.round(value * 1000) / 1000 + 0)).join(":")).join(",");
  }

  class SessionMap {
    constructor(host) {
      this.host = host;
      this.plot = host.querySelector(".session-map-plot");
      this.canvas = host.querySelector("canvas");
      this.context = this.canvas.getContext("2d", { alpha: false });
      this.outline = outlined(host.querySelector(".session-map-drawing"));
      this.tip = host.querySelector(".session-map-tip");
      this.key = host.querySelector(".session-map-key");
      this.mode = "move";
      this.settings = {};
      this.view = null;
      this.pointers = new Map();
      this.path = null;
      this.asked = 0;
      this.timings = [];
      this.listen();
      new ResizeObserver(() => this.resized()).observe(this.plot);
      window.addEventListener("predictor:theme", () => {
        if (!this.host.isConnected) return;
        this.paint();
        this.redraw();
      });
    }

    /* Show a source's sessions, coloured and selected as told; only what is new is fetched. */
    async show(settings) {
      const before = this.settings;
      this.settings = settings;
      const turn = ++this.asked;
      const address = "/api/map/" + encodeURIComponent(settings.source);
      const version = "?v=" + settings.version;
      const coloured = settings.colour && settings.colour !== "cluster_id";
      try {
        const [places, values] = await Promise.all([
          fetched(address + "/places" + version, unpacked),
          coloured
            ? fetched(address + "/values/" + encodeURIComponent(settings.colour) + version, unpacked)
            : null,
        ]);
        if (turn !== this.asked) return;
        this.sessions = () => fetched(address + "/sessions" + version, (response) => response.json());
        const seen = this.view;
        const recoloured = this.places !== places || this.values !== values || !this.colours;
        if (this.places !== places) this.place(places);
        this.values = values;
        if (!this.view || before.frame !== settings.frame) this.view = this.framed(settings.frame);
        if (recoloured) this.paint();
        const chosen = this.choose();
        if (recoloured || chosen || this.view !== seen) this.redraw();
        this.host.removeAttribute("data-problem");
      } catch (problem) {
        this.host.setAttribute("data-problem", problem.message);
      }
    }

    place(places) {
      this.places = places;
      const { head } = places;
      const n = (this.n = places.x.length);
      this.x = Float32Array.from(places.x, (step) => head.x.low + step * head.x.step);
      this.y = Float32Array.from(places.y, (step) => head.y.low + step * head.y.step);
      const room = (axis) => {
        const low = axis.low;
        const high = axis.low + 65535 * (n > 1 ? axis.step : 0);
        const margin = (high - low || 1) * 0.04;
        return [low - margin, high + margin];
      };
      this.whole = [...room(head.x), ...room(head.y)];
      this.index = new Index(this.x, this.y, this.whole);
      this.picked = null;
    }

    framed(text) {
      const [low, high] = readArea(text);
      const known = low && high && [...low, ...high].every(Number.isFinite);
      return known && high[0] > low[0] && high[1] > low[1]
        ? [low[0], high[0], low[1], high[1]]
        : this.whole.slice();
    }

    /* Find each dot's colour and the order they are drawn in, and say what the colours mean. */
    paint() {
      if (!this.places) return;
      const { settings, values, n } = this;
      const unknown = colourOf("--ink-disabled");
      const palette = Array.from({ length: 10 }, (_, i) => colourOf("--cluster-" + i));
      this.surface = colourOf("--bs-body-bg");
      const colours = (this.colours = new Uint32Array(n));
      const write = (c) => c[0] | (c[1] << 8) | (c[2] << 16);
      this.order = null;
      if (!values) {
        const written = palette.map(write);
        const { cluster } = this.places;
        for (let i = 0; i < n; i++) colours[i] = cluster[i] === UNKNOWN ? write(unknown) : written[cluster[i] % 10];
        this.key.replaceChildren();
        return;
      }
      const { head } = values;
      if (head.kind === "category") {
        const yesNo = head.names.length === 2 && head.names[0] === "No";
        const own = yesNo ? [palette[8], palette[5]] : head.names.map((_, i) => palette[i % 10]);
        const written = own.map(write);
        for (let i = 0; i < n; i++) {
          colours[i] = values.values[i] === UNKNOWN ? write(unknown) : written[values.values[i]];
        }
        // The few of them lie on top.
        if (yesNo) this.order = sorted(values.values, n, (value) => value === 1);
        this.legend(head, own, unknown);
      } else {
        const stops = settings.scale.map(parsed);
        const shades = Uint32Array.from({ length: 256 }, (_, i) => write(between(stops, i / 255)));
        const span = head.high - head.low || 1;
        for (let i = 0; i < n; i++) {
          const share = (values.values[i] - head.low) / span;
          colours[i] = Number.isNaN(share) ? write(unknown) : shades[Math.min(255, Math.max(0, share * 255)) | 0];
        }
        if (head.unknown) this.order = sorted(values.values, n, (value) => !Number.isNaN(value));
        this.bar(head, unknown);
      }
    }

    legend(head, own, unknown) {
      const entries = head.names.map((name, i) => [name, own[i]]);
      if (head.unknown) entries.push(["Not known", unknown]);
      const parts = entries.map(([name, colour]) => {
        const entry = element("span", "session-map-entry");
        const dot = element("span", "session-map-swatch");
        dot.style.backgroundColor = "rgb(" + colour.join(",") + ")";
        entry.append(dot, name);
        return entry;
      });
      this.key.replaceChildren(...parts);
    }

    bar(head, unknown) {
      const bar = element("span", "session-map-bar");
      bar.style.background = "linear-gradient(to right, " + this.settings.scale.join(", ") + ")";
      const low = element("span", "session-map-end", this.written(head, head.low));
      const high = element("span", "session-map-end", this.written(head, head.high) + (head.beyond ? " and more" : ""));
      const parts = [low, bar, high];
      if (head.unknown) {
        const entry = element("span", "session-map-entry");
        const dot = element("span", "session-map-swatch");
        dot.style.backgroundColor = "rgb(" + unknown.join(",") + ")";
        entry.append(dot, "Not known");
        parts.push(entry);
      }
      this.key.replaceChildren(...parts);
    }

    /* Write a value with its unit. */
    written(head, value) {
      if (head.kind === "category") return value === UNKNOWN ? "not known" : head.names[value];
      if (Number.isNaN(value)) return "not known";
      const digits = (most) => value.toLocaleString("en", { maximumFractionDigits: most });
      if (head.kind === "share") return (100 * value).toLocaleString("en", { maximumFractionDigits: 1 }) + "%";
      if (head.kind === "seconds") return value < 120 ? digits(0) + " s" : digits(0) + " s (" + Math.round(value / 60) + " min)";
      if (head.kind === "amount") {
        const text = value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
        const [before, after] = this.settings.money;
        return before + text + after;
      }
      return digits(2);
    }

    /* Find which dots are chosen, those of the cluster or those in the area; tell whether that is news. */
    choose() {
      const { n, places } = this;
      const { cluster, area } = this.settings;
      const picked = area || (cluster ?? "");
      // Found already when it was chosen by hand.
      if (this.picked === picked) return false;
      this.picked = picked;
      this.area = readArea(area);
      this.chosen = null;
      if (this.area.length >= 3) {
        this.chosen = this.index.inside(this.area);
      } else if (picked !== "") {
        this.chosen = Uint8Array.from(places.cluster, (own) => own === cluster);
      }
      let count = n;
      if (this.chosen) {
        count = 0;
        for (let i = 0; i < n; i++) count += this.chosen[i];
      }
      this.host.dataset.chosen = count;
      return true;
    }

    resized() {
      const { clientWidth, clientHeight } = this.plot;
      if (clientWidth === this.width && clientHeight === this.height) return;
      this.width = clientWidth;
      this.height = clientHeight;
      this.draw();
    }

    /* Draw before the next frame; while somebody moves about, a sharp screen gets plain pixels. */
    draw(moving) {
      this.moving = Boolean(moving);
      this.stale = true;
      clearTimeout(this.settle);
      if (this.moving) this.settle = setTimeout(() => this.draw(), 150);
      this.ask();
    }

    /* Draw anew: a picture in the making would show what is no longer so. */
    redraw() {
      this.drawing = null;
      this.draw();
    }

    ask() {
      if (!this.waiting) this.waiting = requestAnimationFrame(() => this.frame());
    }

    /* Go on with the picture for as long as a frame allows; what is there is moved to where it belongs. */
    frame() {
      this.waiting = 0;
      const began = performance.now();
      const ratio = this.ratio();
      // A sharp picture that somebody moves away from is not worth its time.
      if (this.drawing && this.drawing.ratio > ratio) this.drawing = null;
      if (!this.drawing && this.stale) {
        this.drawing = this.picture(ratio);
        this.stale = false;
      }
      if (this.drawing && this.drawing.go(began + SLICE)) {
        this.put(this.drawing);
        this.drawing = null;
      }
      this.follow();
      this.shape();
      this.timings.push(performance.now() - began);
      if (this.timings.length > 500) this.timings.shift();
      if (this.drawing || (this.stale && this.ready())) this.ask();
    }

    ready() {
      return this.places && this.view && this.width && this.height;
    }

    ratio() {
      return this.moving ? 1 : Math.min(2, window.devicePixelRatio || 1);
    }

    picture(ratio) {
      if (!this.ready()) return null;
      const { x, y, colours, chosen, order, surface, width, height } = this;
      const view = this.view.slice();
      const zoom = Math.sqrt((this.whole[1] - this.whole[0]) / (view[1] - view[0]));
      const base = this.n > 20000 ? 1.7 : this.n > 6000 ? 2 : 2.5;
      const radius = Math.min(4.5, base * Math.max(1, Math.sqrt(zoom)));
      const dots = { x, y, colours, chosen, order };
      return new Drawing({ ...dots, surface, width, height, view, radius, ratio, spare: this.spare });
    }

    put({ image, view, w, h }) {
      if (this.canvas.width !== w || this.canvas.height !== h) {
        this.canvas.width = w;
        this.canvas.height = h;
      }
      this.context.putImageData(image, 0, 0);
      this.shown = view;
      this.spare = image;
      this.host.dataset.drawn = this.n;
    }

    /* Move the picture that is there to where its part lies in what is seen now. */
    follow() {
      if (!this.shown) return;
      const [x0, x1, y0, y1] = this.shown;
      const [left, top] = this.toPlot(x0, y1);
      const [right, bottom] = this.toPlot(x1, y0);
      const there = this.shown.every((value, i) => value === this.view[i]);
      const scale = `${(right - left) / this.width}, ${(bottom - top) / this.height}`;
      this.canvas.style.transform = there ? "" : `translate(${left}px, ${top}px) scale(${scale})`;
    }

    /* Draw the outline of what is being drawn, or was. */
    shape() {
      const corners = this.path ? this.path.map(([x, y]) => this.toData(x, y)) : this.area || [];
      const written = this.view
        ? corners.map((corner, i) => (i ? "L" : "M") + this.toPlot(...corner).map((v) => v.toFixed(1)).join(" "))
        : [];
      this.outline.setAttribute("d", written.length ? written.join("") + "Z" : "");
    }

    toData(px, py) {
      const [x0, x1, y0, y1] = this.view;
      return [x0 + (px / this.width) * (x1 - x0), y1 - (py / this.height) * (y1 - y0)];
    }

    toPlot(x, y) {
      const [x0, x1, y0, y1] = this.view;
      return [((x - x0) / (x1 - x0)) * this.width, ((y1 - y) / (y1 - y0)) * this.height];
    }

    /* Return the dot nearest to a place of the plot, -1 where none is near; chosen ones come first. */
    nearest(px, py, near = NEAR) {
      if (!this.places || !this.view) return -1;
      const [left, top] = this.toData(px - near, py - near);
      const [right, bottom] = this.toData(px + near, py + near);
      let found = -1;
      let least = near * near;
      this.index.within([left, right, bottom, top], (i) => {
        const [qx, qy] = this.toPlot(this.x[i], this.y[i]);
        let away = (qx - px) ** 2 + (qy - py) ** 2;
        if (this.chosen && !this.chosen[i]) away = away * 4 + 1;
        if (away < least) {
          least = away;
          found = i;
        }
      });
      return found;
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
        lines.push(element("div", "", head.label + ": " + this.written(head, values[i])));
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

    /* --- moving about --- */

    zoom(factor, px = this.width / 2, py = this.height / 2) {
      if (!this.view) return;
      const [x, y] = this.toData(px, py);
      const [x0, x1, y0, y1] = this.view;
      const wide = Math.min(Math.max((x1 - x0) * factor, (this.whole[1] - this.whole[0]) / DEEPEST), this.whole[1] - this.whole[0]);
      const k = wide / (x1 - x0);
      this.move([x + (x0 - x) * k, x + (x1 - x) * k, y + (y0 - y) * k, y + (y1 - y) * k]);
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
      const fit = (low, high, least, most) => {
        if (high - low >= most - least) return [least, most];
        const shift = Math.max(0, least - low) - Math.max(0, high - most);
        return [low + shift, high + shift];
      };
      this.view = [...fit(view[0], view[1], this.whole[0], this.whole[1]), ...fit(view[2], view[3], this.whole[2], this.whole[3])];
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

    /* --- hands --- */

    listen() {
      const { host, plot } = this;
      host.addEventListener("click", (event) => {
        const tool = event.target.closest("[data-tool]");
        if (tool) this.use(tool.dataset.tool);
      });
      const at = (event) => {
        const box = plot.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      plot.addEventListener("pointerdown", (event) => {
        if (event.button || !this.view) return;
        this.finger = event.pointerType === "touch";
        this.pointers.set(event.pointerId, at(event));
        plot.setPointerCapture(event.pointerId);
        this.start = this.last = at(event);
        this.before = this.view;
        this.travelled = 0;
        this.tip.hidden = true;
        this.doing = event.shiftKey && this.mode === "move" ? "lasso" : this.mode;
        if (this.pointers.size > 1) {
          this.path = null;
          this.doing = "pinch";
          this.apart = this.spread();
        }
      });
      plot.addEventListener("pointermove", (event) => {
        const place = at(event);
        if (!this.pointers.has(event.pointerId)) {
          if (event.pointerType === "mouse") this.hover(place);
          return;
        }
        this.pointers.set(event.pointerId, place);
        this.drag(place);
      });
      const release = (event) => {
        if (!this.pointers.delete(event.pointerId)) return;
        if (event.type === "pointercancel") {
          // The page is being scrolled; the map stays where it was.
          this.path = null;
          if (this.doing === "move") this.move(this.before);
          else this.ask();
        } else if (this.doing !== "pinch") {
          this.finish(at(event));
        }
        if (!this.pointers.size) this.doing = null;
      };
      plot.addEventListener("pointerup", release);
      plot.addEventListener("pointercancel", release);
      plot.addEventListener("pointerleave", (event) => {
        // A finger leaves whenever it is lifted; what it has touched stays told.
        if (event.pointerType === "touch") return;
        this.pointed = -1;
        this.tip.hidden = true;
      });
      // One finger that moves up or down scrolls the page (touch-action: pan-y); two belong to the map.
      for (const kind of ["touchstart", "touchmove"]) {
        const keep = (event) => event.touches.length > 1 && event.cancelable && event.preventDefault();
        plot.addEventListener(kind, keep, { passive: false });
      }
      plot.addEventListener("dblclick", () => this.use("reset"));
      plot.addEventListener(
        "wheel",
        (event) => {
          // Without a key the page scrolls, as everywhere.
          if (!(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 120), ...at(event));
        },
        { passive: false }
      );
      plot.addEventListener("keydown", (event) => {
        const far = 40;
        const keys = {
          ArrowLeft: () => this.pan(far, 0),
          ArrowRight: () => this.pan(-far, 0),
          ArrowUp: () => this.pan(0, far),
          ArrowDown: () => this.pan(0, -far),
          "+": () => this.use("in"),
          "=": () => this.use("in"),
          "-": () => this.use("out"),
          0: () => this.use("reset"),
          Escape: () => this.tell(null, ""),
        };
        if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
          event.preventDefault();
          keys[event.key]();
        }
      });
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

    hover(place) {
      this.over = place;
      if (this.hovering) return;
      this.hovering = requestAnimationFrame(() => {
        this.hovering = 0;
        if (this.pointers.size) return;
        this.point(...this.over).catch(() => {});
        this.plot.classList.toggle("session-map-on-dot", this.pointed >= 0);
      });
    }

    still() {
      return this.finger ? TOUCHED.still : STILL;
    }

    spread() {
      const [[ax, ay], [bx, by]] = [...this.pointers.values()];
      return { far: Math.hypot(bx - ax, by - ay), x: (ax + bx) / 2, y: (ay + by) / 2 };
    }

    drag(place) {
      if (this.doing === "pinch") {
        if (this.pointers.size < 2) return;
        const now = this.spread();
        this.pan(now.x - this.apart.x, now.y - this.apart.y);
        this.zoom(this.apart.far / (now.far || 1), now.x, now.y);
        this.apart = now;
        return;
      }
      const step = Math.hypot(place[0] - this.last[0], place[1] - this.last[1]);
      this.travelled += step;
      if (this.travelled < this.still()) return;
      if (this.doing === "move") {
        this.pan(place[0] - this.last[0], place[1] - this.last[1]);
        this.last = place;
        return;
      }
      if (this.doing === "box") {
        const [ax, ay] = this.start;
        this.path = [[ax, ay], [place[0], ay], place, [ax, place[1]]];
      } else if (!this.path || step >= STEP) {
        this.path = [...(this.path || [this.start]), place];
        this.last = place;
      }
      // Only the outline: the dots stay as they are.
      cancelAnimationFrame(this.outlining);
      this.outlining = requestAnimationFrame(() => this.shape());
    }

    finish(place) {
      const path = this.path;
      this.path = null;
      const moved = this.travelled >= this.still();
      if (path && path.length >= 3 && moved) {
        const corners = simplified(path, MOST_CORNERS, 1.5).map((corner) => this.toData(...corner));
        const written = writeArea(corners);
        if (new Set(written.split(",")).size >= 3) {
          this.tell(null, written);
          return;
        }
      }
      // The outline goes; dots stay as they are.
      this.ask();
      if (!moved) {
        const near = this.finger ? TOUCHED.near : NEAR;
        const i = this.nearest(...place, near);
        if (this.finger) this.point(...place, near).catch(() => {});
        if (i >= 0 && this.places.cluster[i] !== UNKNOWN) this.tell(this.places.cluster[i], "");
      }
    }
  }

  function element(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Put a line to be drawn over the dots; Dash knows no SVG. */
  function outlined(place) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", "session-map-outline");
    path.setAttribute("fill-rule", "evenodd");
    svg.append(path);
    place.replaceChildren(svg);
    return path;
  }

  /* Return all places, those that hold something last. */
  function sorted(values, n, last) {
    const order = new Uint32Array(n);
    let front = 0;
    for (let i = 0; i < n; i++) if (!last(values[i])) order[front++] = i;
    for (let i = 0; i < n; i++) if (last(values[i])) order[front++] = i;
    return order;
  }

  function between(stops, share) {
    const place = share * (stops.length - 1);
    const i = Math.min(stops.length - 2, Math.floor(place));
    return stops[i].map((from, k) => Math.round(from + (stops[i + 1][k] - from) * (place - i)));
  }

  /* Buttons of what is told of a choice, drawn without Dash. */
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("#clusters-clear, #clusters-all")) {
      clientside.set_props("clusters-selected", { data: { cluster: null, area: "" } });
    }
  });

  const maps = new WeakMap();

  /* Show a map: what stays (settings), what it is coloured by, what is selected; called by Dash. */
  predictor.sessionMap = function (settings, colour, selected) {
    const host = document.getElementById("clusters-map");
    if (host && settings) {
      if (!maps.has(host)) {
        maps.set(host, new SessionMap(host));
        host.sessionMap = maps.get(host);
      }
      const map = maps.get(host);
      // What part is seen is the map's own once it has been drawn.
      const frame = map.view ? map.settings.frame : settings.frame;
      const { cluster = null, area = "" } = selected || {};
      map.show({ ...settings, colour: colour || "cluster_id", cluster, area, frame });
    }
    return clientside.no_update;
  };
})();
