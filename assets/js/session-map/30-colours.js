/* What the dots of the map of sessions are coloured by: their colours, what those mean, and values in words. */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;
  const { element, mapMaths } = predictor;
  const { between, parsed, sorted } = mapMaths;

  /* What stands for a value or a cluster that isn't known. */
  const UNKNOWN = 255;

  function colourOf(name) {
    const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return parsed(text) || [128, 128, 128];
  }

  const written = (colour) => colour[0] | (colour[1] << 8) | (colour[2] << 16);

  /*
   * Find each dot's colour (0xbbggrr), the order they are drawn in (null: any), the surface they lie on, and the
   * elements that say what the colours mean. ``values`` is null where dots have the colours of their clusters.
   */
  function paint({ places, values, scale, money }) {
    const unknown = colourOf("--ink-disabled");
    const palette = Array.from({ length: 10 }, (_, i) => colourOf("--cluster-" + i));
    const painted = { order: null, key: [], surface: colourOf("--bs-body-bg") };
    if (!values) {
      const of = (cluster) => (cluster === UNKNOWN ? unknown : palette[cluster % 10]);
      return { ...painted, colours: Uint32Array.from(places.cluster, (cluster) => written(of(cluster))) };
    }
    const { head } = values;
    const n = values.values.length;
    if (head.kind === "category") {
      const yesNo = head.names.length === 2 && head.names[0] === "No";
      const own = yesNo ? [palette[8], palette[5]] : head.names.map((_, i) => palette[i % 10]);
      const of = (value) => written(value === UNKNOWN ? unknown : own[value]);
      // The few of them lie on top.
      if (yesNo) painted.order = sorted(values.values, n, (value) => value === 1);
      painted.key = head.names.map((name, i) => entry(name, own[i]));
      painted.colours = Uint32Array.from(values.values, of);
    } else {
      const stops = scale.map(parsed);
      const shades = Uint32Array.from({ length: 256 }, (_, i) => written(between(stops, i / 255)));
      const span = head.high - head.low || 1;
      const shade = (share) => shades[Math.min(255, Math.max(0, share * 255)) | 0];
      if (head.unknown) painted.order = sorted(values.values, n, (value) => !Number.isNaN(value));
      painted.key = bar(head, scale, money);
      painted.colours = new Uint32Array(n);
      for (let i = 0; i < n; i++) {
        const share = (values.values[i] - head.low) / span;
        painted.colours[i] = Number.isNaN(share) ? written(unknown) : shade(share);
      }
    }
    if (head.unknown) painted.key.push(entry("Not known", unknown));
    return painted;
  }

  function entry(name, colour) {
    const made = element("span", "session-map-entry");
    const dot = element("span", "session-map-swatch");
    dot.style.backgroundColor = "rgb(" + colour.join(",") + ")";
    made.append(dot, name);
    return made;
  }

  function bar(head, scale, money) {
    const made = element("span", "session-map-bar");
    made.style.background = "linear-gradient(to right, " + scale.join(", ") + ")";
    const high = inWords(head, head.high, money) + (head.beyond ? " and more" : "");
    const end = (text) => element("span", "session-map-end", text);
    return [end(inWords(head, head.low, money)), made, end(high)];
  }

  /* Write a value with its unit; ``money`` is what stands before and after an amount. */
  function inWords(head, value, money) {
    if (head.kind === "category") return value === UNKNOWN ? "not known" : head.names[value];
    if (Number.isNaN(value)) return "not known";
    const digits = (most) => value.toLocaleString("en", { maximumFractionDigits: most });
    if (head.kind === "share") return predictor.share(value);
    if (head.kind === "seconds") return value < 120 ? digits(0) + " s" : digits(0) + " s (" + Math.round(value / 60) + " min)";
    if (head.kind === "amount") {
      const text = value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
      return money[0] + text + money[1];
    }
    return digits(2);
  }

  predictor.mapColours = { UNKNOWN, paint, inWords };
})();
