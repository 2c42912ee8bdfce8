/* What the map of sessions computes: arrays as they are sent, areas, views, orders, colours, dots in an area. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./page.mjs";

const SCRIPTS = ["js/session-map/10-maths.js", "js/session-map/20-dots.js", "js/session-map/30-colours.js"];

class ImageData {
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
}

const { predictor, document } = openPage(SCRIPTS, { given: { ImageData, TextDecoder } });
const { between, fitted, framed, parsed, readArea, simplified, sorted, unpacked, writeArea, zoomed } = predictor.mapMaths;
const { Drawing, Index } = predictor.mapDots;
const { inWords, paint } = predictor.mapColours;
/* Arrays of the page's own realm as ours. */
const plain = (value) => JSON.parse(JSON.stringify(ArrayBuffer.isView(value) ? [...value] : value));

/* Write arrays as core.results.clusters.session_map.pack does. */
function packed(head, arrays) {
  const text = Buffer.from(JSON.stringify({ ...head, arrays: arrays.map(([name, kind, values]) => [name, kind, values.length]) }));
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, " ")]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length);
  const parts = arrays.map(([, , values]) => {
    const bytes = Buffer.from(values.buffer);
    return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  });
  return Uint8Array.from(Buffer.concat([length, padded, ...parts])).buffer;
}

test("arrays come as they were sent, whatever their lengths", () => {
  const found = unpacked(packed({ kind: "share" }, [
    ["x", "u2", Uint16Array.of(1, 2, 65535)],
    ["cluster", "u1", Uint8Array.of(0, 255, 3)],
    ["values", "f4", Float32Array.of(0.5, NaN, -1)],
  ]));
  assert.equal(found.head.kind, "share");
  assert.deepEqual([...found.x], [1, 2, 65535]);
  assert.deepEqual([...found.cluster], [0, 255, 3]);
  assert.deepEqual([...found.values], [0.5, NaN, -1]);
});

test("an area is read as it was written, to a thousandth", () => {
  const area = [[0.1234, -2], [3, 4.5], [-0.0001, 0]];
  assert.equal(writeArea(area), "0.123:-2,3:4.5,0:0");
  assert.deepEqual(plain(readArea(writeArea(area))), [[0.123, -2], [3, 4.5], [0, 0]]);
  assert.deepEqual(plain(readArea("")), []);
  assert.deepEqual(plain(readArea("1:2:3,4:5")), [[4, 5]]);
});

test("a drawn line keeps the corners that matter", () => {
  // A square whose sides were drawn with many points.
  const side = Array.from({ length: 20 }, (_, i) => i);
  const square = [...side.map((i) => [i, 0]), ...side.map((i) => [20, i]), ...side.map((i) => [20 - i, 20]), ...side.map((i) => [0, 20 - i])];
  assert.deepEqual(plain(simplified(square, 60, 1)), [[0, 0], [20, 0], [20, 20], [0, 20]]);
  const circle = Array.from({ length: 200 }, (_, i) => [100 * Math.cos(i / 31.83), 100 * Math.sin(i / 31.83)]);
  assert.equal(simplified(circle, 60, 0).length, 60);
  assert.equal(simplified(square.slice(0, 3), 2, 1e9).length, 3, "an area has three corners");
});

test("a view from the address holds only what is one", () => {
  const whole = [0, 10, 0, 20];
  assert.deepEqual(plain(framed("1:2,3:4", whole)), [1, 3, 2, 4]);
  for (const text of ["", null, "1:2", "3:2,1:4", "1:2,3:x", "nonsense"]) assert.deepEqual(plain(framed(text, whole)), whole);
});

test("zooming keeps the place under the pointer, and has two ends", () => {
  const whole = [0, 400, 0, 800];
  const view = zoomed(whole, whole, 0.5, [100, 600]);
  assert.deepEqual(plain(view), [50, 250, 300, 700]);
  // The place is at the same share of both sides as before.
  assert.equal((100 - view[0]) / (view[1] - view[0]), 100 / 400);
  assert.equal((600 - view[2]) / (view[3] - view[2]), 600 / 800);
  assert.deepEqual(plain(zoomed(view, whole, 1000, [100, 600])), [0, 400, 0, 800]);
  const [left, right] = zoomed(view, whole, 1e-9, [100, 600]);
  assert.ok(Math.abs(right - left - 1) < 1e-9, "a 400th of the whole");
});

test("nothing beyond the dots is seen", () => {
  const whole = [0, 10, 0, 10];
  assert.deepEqual(plain(fitted([-3, 2, 9, 12], whole)), [0, 5, 7, 10]);
  assert.deepEqual(plain(fitted([2, 4, 3, 5], whole)), [2, 4, 3, 5]);
  assert.deepEqual(plain(fitted([-5, 20, 1, 2], whole)), [0, 10, 1, 2]);
});

test("what matters is drawn last, all else in its order", () => {
  assert.deepEqual([...sorted([0, 1, 0, 1, 255], 5, (value) => value === 1)], [0, 2, 4, 1, 3]);
});

test("colours are read, and lie between their neighbours", () => {
  assert.deepEqual(plain(parsed("#0a10fF")), [10, 16, 255]);
  assert.equal(parsed("rgb(1, 2, 3)"), null);
  const stops = [[0, 0, 0], [100, 0, 0], [100, 200, 0]];
  assert.deepEqual([0, 0.25, 0.5, 0.75, 1].map((share) => plain(between(stops, share))), [
    [0, 0, 0], [50, 0, 0], [100, 0, 0], [100, 100, 0], [100, 200, 0],
  ]);
});

test("the index finds the dots in an area that the even-odd rule finds", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const x = Float32Array.from({ length: 5000 }, random);
  const y = Float32Array.from({ length: 5000 }, random);
  const index = new Index(x, y, [0, 1, 0, 1]);
  // A star, which crosses itself, and a part of it lies outside.
  const star = Array.from({ length: 5 }, (_, k) => [0.6 + 0.55 * Math.cos(k * 2.513), 0.5 + 0.45 * Math.sin(k * 2.513)]);
  const inside = (px, py) => {
    let odd = false;
    star.forEach(([x1, y1], k) => {
      const [x2, y2] = star[(k + 1) % star.length];
      if ((y1 > py) !== (y2 > py) && px < x1 + ((py - y1) * (x2 - x1)) / (y2 - y1)) odd = !odd;
    });
    return odd ? 1 : 0;
  };
  const expected = [...x].map((px, i) => inside(px, y[i]));
  assert.deepEqual([...index.inside(star)], expected);
  const n = expected.reduce((sum, one) => sum + one);
  assert.ok(n > 500 && n < 4500, "the star is somewhere");
  assert.equal(index.inside([[0, 0], [1, 0], [0.5, 0]]).indexOf(1), -1);

  const near = [];
  index.within([0.4, 0.5, 0.4, 0.5], (i) => near.push(i));
  for (let i = 0; i < x.length; i++) {
    if (x[i] >= 0.4 && x[i] <= 0.5 && y[i] >= 0.4 && y[i] <= 0.5) assert.ok(near.includes(i));
  }
});

const draw = (about) => {
  const drawing = new Drawing({
    x: [5], y: [5], colours: [0x0000ff], chosen: null, order: null, surface: [255, 255, 255], width: 11, height: 11,
    view: [0, 11, 0, 11], radius: 2, ratio: 1, ...about,
  });
  while (!drawing.go(0));
  const { data } = drawing.image;
  return (px, py) => [...data.slice(4 * (py * 11 + px), 4 * (py * 11 + px) + 4)];
};

test("a dot is where it belongs, round, and of its colour", () => {
  const pixel = draw({});
  assert.deepEqual(pixel(5, 6), [255, 76, 76, 255], "red, seen through by three tenths");
  assert.deepEqual(pixel(3, 4), [255, 255, 255, 255], "a corner of the square around it");
  assert.deepEqual(pixel(0, 0), [255, 255, 255, 255]);
});

test("dots that are not chosen lie below, pale", () => {
  const dots = { x: [5, 5], y: [5, 5], colours: [0x0000ff, 0xff0000] };
  assert.deepEqual(draw({ ...dots, chosen: [1, 0] })(5, 6), draw({ ...dots, chosen: [1, 0], order: [1, 0] })(5, 6));
  const [red, , blue] = draw({ ...dots, chosen: [1, 0] })(5, 6);
  assert.ok(red > blue, "the chosen red one lies on top");
  const pale = draw({ chosen: [0] })(5, 6);
  assert.ok(pale[1] > 200, "one that isn't chosen is nearly the surface");
});

test("a dot beyond the edge of the canvas is cut there", () => {
  const pixel = draw({ x: [0], y: [11] });
  assert.deepEqual(pixel(0, 0), [255, 76, 76, 255]);
  assert.deepEqual(pixel(10, 1), [255, 255, 255, 255], "and doesn't come in on the other side");
});

function painted(values, places = { cluster: [0, 1, 255] }) {
  const style = document.documentElement.style;
  for (let i = 0; i < 10; i++) style.setProperty("--cluster-" + i, "#0000" + (10 + i).toString(16).padStart(2, "0"));
  style.setProperty("--ink-disabled", "#0000ff");
  style.setProperty("--bs-body-bg", "#010203");
  const found = paint({ places, values, scale: ["#000000", "#ff0000"], money: ["€", ""] });
  return { ...found, colours: [...found.colours], key: [...found.key].map((part) => part.textContent) };
}

test("dots have the colours of their clusters, or of what they are coloured by", () => {
  assert.deepEqual(painted(null).colours, [10 << 16, 11 << 16, 255 << 16]);
  assert.deepEqual(plain(painted(null).surface), [1, 2, 3]);
  const yesNo = painted({ head: { kind: "category", names: ["No", "Yes"], unknown: 1 }, values: [1, 0, 255] });
  assert.deepEqual(yesNo.colours, [15 << 16, 18 << 16, 255 << 16]);
  assert.deepEqual([...yesNo.order], [1, 2, 0], "the few that did lie on top");
  assert.deepEqual(yesNo.key, ["No", "Yes", "Not known"]);
  const head = { kind: "amount", low: 10, high: 20, beyond: true, unknown: 1 };
  const amounts = painted({ head, values: [10, 20, NaN] });
  assert.deepEqual(amounts.colours, [0, 255, 255 << 16]);
  assert.deepEqual([...amounts.order], [2, 0, 1]);
  assert.deepEqual(amounts.key, ["€10.00", "", "€20.00 and more", "Not known"]);
});

test("values are written with their units", () => {
  const written = (kind, value, more) => inWords({ kind, ...more }, value, ["", " CHF"]);
  assert.equal(written("share", 0.1234), "12.3%");
  assert.deepEqual([0, 0.0001, 0.9996, 1].map((share) => written("share", share)), ["0%", "<0.1%", ">99.9%", "100%"]);
  assert.equal(written("seconds", 90), "90 s");
  assert.equal(written("seconds", 3600), "3,600 s (60 min)");
  assert.equal(written("amount", 1234.5), "1,234.50 CHF");
  assert.equal(written("number", 2.345), "2.35");
  assert.equal(written("number", NaN), "not known");
  assert.equal(written("category", 1, { names: ["a", "b"] }), "b");
  assert.equal(written("category", 255, { names: ["a", "b"] }), "not known");
});
