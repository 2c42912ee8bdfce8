/*
 * The picture of a map of sessions: where its dots lie, how they are coloured and chosen, and how it comes to the
 * screen.
 *
 * Dots are written into the pixels of a canvas by the processor. That takes some milliseconds for 50,000 of
 * them on every machine, while WebGL takes a second where no graphics card helps (benchmarks/scatter.py).
 * No frame waits for them: what is there is moved and stretched while the next picture is being drawn
 * (20-dots.js).
 */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;
  const { Index, Drawing } = predictor.mapDots;
  const { readArea } = predictor.mapMaths;
  const { paint } = predictor.mapColours;

  /* Milliseconds of one frame that dots are drawn for. */
  const SLICE = 7;

  class MapPicture {
    constructor(host) {
      this.host = host;
      this.plot = host.querySelector(".session-map-plot");
      this.canvas = host.querySelector("canvas");
      this.context = this.canvas.getContext("2d", { alpha: false });
      this.outline = outlined(host.querySelector(".session-map-drawing"));
      this.tip = host.querySelector(".session-map-tip");
      this.key = host.querySelector(".session-map-key");
      this.settings = {};
      this.view = null;
      // Corners of a line in the making, in pixels.
      this.path = null;
      this.timings = [];
      new ResizeObserver(() => this.resized()).observe(this.plot);
      window.addEventListener("predictor:theme", () => {
        if (!this.host.isConnected) return;
        this.paint();
        this.redraw();
      });
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

    /* Find each dot's colour and the order they are drawn in, and say what the colours mean. */
    paint() {
      if (!this.places) return;
      const { places, values, settings, key } = this;
      const painted = paint({ places, values, scale: settings.scale, money: settings.money });
      this.colours = painted.colours;
      this.order = painted.order;
      this.surface = painted.surface;
      key.replaceChildren(...painted.key);
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
    nearest(px, py, near) {
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

  predictor.MapPicture = MapPicture;
})();
