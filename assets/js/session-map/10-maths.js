/*
 * What the map of sessions computes without a page: arrays as they are sent, areas, views, orders and colours.
 *
 * A view is the part that is seen, [left, right, bottom, top]; a corner is [x, y]; a colour [red, green, blue].
 */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;

  /* Times a map can be enlarged. */
  const DEEPEST = 400;

  /* Read what core.results.clusters.session_map.pack has written. */
  function unpacked(buffer) {
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

  /* Read a view from the address; the whole where it holds none. */
  function framed(text, whole) {
    const [low, high] = readArea(text);
    const known = low && high && [...low, ...high].every(Number.isFinite);
    return known && high[0] > low[0] && high[1] > low[1] ? [low[0], high[0], low[1], high[1]] : whole.slice();
  }

  /* Return a view made larger or smaller around a place, as far as a map can be enlarged. */
  function zoomed([x0, x1, y0, y1], whole, factor, [x, y]) {
    const most = whole[1] - whole[0];
    const k = Math.min(Math.max((x1 - x0) * factor, most / DEEPEST), most) / (x1 - x0);
    return [x + (x0 - x) * k, x + (x1 - x) * k, y + (y0 - y) * k, y + (y1 - y) * k];
  }

  /* Return a view moved to where it shows nothing beyond the whole. */
  function fitted(view, whole) {
    const fit = (low, high, least, most) => {
      if (high - low >= most - least) return [least, most];
      const shift = Math.max(0, least - low) - Math.max(0, high - most);
      return [low + shift, high + shift];
    };
    return [...fit(view[0], view[1], whole[0], whole[1]), ...fit(view[2], view[3], whole[2], whole[3])];
  }

  predictor.mapMaths = {
    unpacked, parsed, simplified, readArea, writeArea, sorted, between, framed, zoomed, fitted,
  };
})();
