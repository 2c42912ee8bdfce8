/*
 * The dots of the map of sessions: finding which lie in an area, and writing them into the pixels of a canvas.
 *
 * Nothing here takes longer than a frame has: a picture is drawn in slices of some milliseconds, and an area
 * looks only at the dots near it.
 */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;

  /* Cells of the index along each side. */
  const CELLS = 160;
  const SHOWN = 0.7;
  const FADED = 0.22;
  /* So many dots are drawn between two looks at the clock. */
  const BATCH = 1024;

  /* Dots sorted into cells, so that those near a place are found among few. */
  class Index {
    constructor(x, y, whole) {
      this.x = x;
      this.y = y;
      this.whole = whole;
      const n = x.length;
      const starts = new Uint32Array(CELLS * CELLS + 1);
      const cells = new Uint32Array(n);
      for (let i = 0; i < n; i++) starts[(cells[i] = this.row(y[i]) * CELLS + this.column(x[i])) + 1]++;
      for (let c = 0; c < CELLS * CELLS; c++) starts[c + 1] += starts[c];
      const next = starts.slice();
      const members = new Uint32Array(n);
      for (let i = 0; i < n; i++) members[next[cells[i]]++] = i;
      this.starts = starts;
      this.members = members;
    }

    column(x) {
      return place(x, this.whole[0], this.whole[1]);
    }

    row(y) {
      return place(y, this.whole[2], this.whole[3]);
    }

    /* Call back with each dot of the cells a rectangle touches. */
    within([x0, x1, y0, y1], found) {
      const { starts, members } = this;
      const first = this.column(x0);
      const last = this.column(x1);
      for (let row = this.row(y0); row <= this.row(y1); row++) {
        // The cells of a row stand one after the other, so do their dots.
        const end = starts[row * CELLS + last + 1];
        for (let at = starts[row * CELLS + first]; at < end; at++) found(members[at]);
      }
    }

    /* Tell of each dot whether it lies in an area, by the even-odd rule, as the server does. */
    inside(area) {
      const { x, y, starts, members, whole } = this;
      const found = new Uint8Array(x.length);
      const edges = edgesOf(area);
      if (!edges.length) return found;
      const first = this.column(Math.min(...area.map((corner) => corner[0])));
      const last = this.column(Math.max(...area.map((corner) => corner[0])));
      const high = (whole[3] - whole[2]) / CELLS;
      const top = this.row(Math.max(...area.map((corner) => corner[1])));
      for (let row = this.row(Math.min(...area.map((corner) => corner[1]))); row <= top; row++) {
        // Only edges that pass this row of cells; one cell more, as borders are rounded.
        const from = row ? whole[2] + (row - 1) * high : -Infinity;
        const to = row < CELLS - 1 ? whole[2] + (row + 2) * high : Infinity;
        const near = edges.filter((edge) => edge.high >= from && edge.low <= to);
        const end = starts[row * CELLS + last + 1];
        for (let at = starts[row * CELLS + first]; at < end; at++) {
          const i = members[at];
          for (const { low, high: over, x1, y1, slope } of near) {
            if (y[i] >= low && y[i] < over && x[i] < x1 + (y[i] - y1) * slope) found[i] ^= 1;
          }
        }
      }
      return found;
    }
  }

  function place(value, low, high) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * CELLS)));
  }

  function edgesOf(area) {
    const edges = area.map(([x1, y1], k) => {
      const [x2, y2] = area[(k + 1) % area.length];
      return { low: Math.min(y1, y2), high: Math.max(y1, y2), x1, y1, slope: (x2 - x1) / (y2 - y1) };
    });
    return edges.filter((edge) => edge.low < edge.high);
  }

  /*
   * A picture of the dots in the making.
   *
   * ``about`` holds what is drawn (x, y, colours, chosen, order), the part that is seen (view, in a canvas of
   * width and height at a ratio), the dots' radius in points and the surface's colour. ``spare`` is the image of
   * a picture that is on the screen already: its memory is used again.
   */
  class Drawing {
    constructor(about) {
      Object.assign(this, about);
      this.w = Math.round(about.width * about.ratio);
      this.h = Math.round(about.height * about.ratio);
      this.mark = dotMask(about.radius * about.ratio);
      this.offset = Int32Array.from(this.mark.dx, (step, k) => this.mark.dy[k] * this.w + step);
      // Those that are not chosen come first, faded.
      this.layers = about.chosen ? [0, 1] : [1];
      this.done = 0;
    }

    /* Draw until a moment; tell whether the picture is complete. */
    go(until) {
      if (!this.pixels) {
        const { spare, w, h } = this;
        this.image = spare && spare.width === w && spare.height === h ? spare : new ImageData(w, h);
        this.pixels = new Uint32Array(this.image.data.buffer);
        const [r, g, b] = this.surface;
        this.pixels.fill((255 << 24) | (b << 16) | (g << 8) | r);
      }
      const n = this.x.length;
      while (this.layers.length) {
        const end = Math.min(n, this.done + BATCH);
        this.batch(this.done, end, this.layers[0]);
        this.done = end;
        if (end === n) {
          this.layers.shift();
          this.done = 0;
        }
        if (performance.now() >= until) break;
      }
      return !this.layers.length;
    }

    /* Blend some of the dots that are chosen, or are not, into the pixels. */
    batch(start, end, wanted) {
      const { x, y, colours, chosen, order, pixels, w, h, view, offset, surface } = this;
      const { reach, dx, dy, cover } = this.mark;
      const [x0, x1, y0, y1] = view;
      const kx = w / (x1 - x0);
      const ky = h / (y1 - y0);
      const size = dx.length;
      const alpha = Uint16Array.from(cover, (share) => Math.round(share * SHOWN * 256));
      for (let turn = start; turn < end; turn++) {
        const i = order ? order[turn] : turn;
        if (chosen && chosen[i] !== wanted) continue;
        const px = Math.round((x[i] - x0) * kx);
        const py = Math.round((y1 - y[i]) * ky);
        if (px < -reach || py < -reach || px >= w + reach || py >= h + reach) continue;
        const colour = colours[i];
        let red = colour & 255;
        let green = (colour >> 8) & 255;
        let blue = (colour >> 16) & 255;
        if (!wanted) {
          // Pale themselves, not seen through: many over each other stay as pale as one.
          red = surface[0] + (red - surface[0]) * FADED;
          green = surface[1] + (green - surface[1]) * FADED;
          blue = surface[2] + (blue - surface[2]) * FADED;
        }
        const whole = px >= reach && py >= reach && px < w - reach && py < h - reach;
        const at = py * w + px;
        for (let k = 0; k < size; k++) {
          if (!whole) {
            const column = px + dx[k];
            const row = py + dy[k];
            if (column < 0 || row < 0 || column >= w || row >= h) continue;
          }
          const under = pixels[at + offset[k]];
          const a = alpha[k];
          const rest = 256 - a;
          pixels[at + offset[k]] =
            0xff000000 |
            (((((under >> 16) & 255) * rest + blue * a) >> 8) << 16) |
            (((((under >> 8) & 255) * rest + green * a) >> 8) << 8) |
            (((under & 255) * rest + red * a) >> 8);
        }
      }
    }
  }

  /* Return the pixels of a round dot, with how much of each it covers. */
  function dotMask(radius) {
    const reach = Math.ceil(radius);
    const dx = [];
    const dy = [];
    const cover = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const share = Math.min(1, radius + 0.5 - Math.hypot(x, y));
        if (share > 0.05) {
          dx.push(x);
          dy.push(y);
          cover.push(share);
        }
      }
    }
    return { reach, dx, dy, cover };
  }

  predictor.mapDots = { Index, Drawing };
})();
