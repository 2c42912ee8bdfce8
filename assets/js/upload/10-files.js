/* Files before they are sent: what is in a dropped folder, which of them we read, and how amounts are written. */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;
  const uploads = (predictor.uploads = predictor.uploads || {});

  // Bytes looked at in a file with an ending we don't know: text has no zero bytes.
  const HEAD = 4096;

  function size(bytes) {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return (unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)) + " " + units[unit];
  }

  /* "1.2 of 3.0 GB": both in the unit of the whole, so that the first grows and doesn't jump. */
  function sizeOf(part, whole) {
    const [, unit] = size(whole).split(" ");
    const scale = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit];
    const digits = unit === "bytes" || whole / scale >= 100 ? 0 : whole / scale >= 10 ? 1 : 2;
    return (part / scale).toFixed(digits) + " of " + (whole / scale).toFixed(digits) + " " + unit;
  }

  function duration(seconds) {
    if (seconds < 60) return Math.max(1, Math.ceil(seconds)) + " s";
    if (seconds < 3600) return Math.ceil(seconds / 60) + " min";
    const minutes = Math.ceil(seconds / 60);
    return Math.floor(minutes / 60) + " h " + (minutes % 60) + " min";
  }

  function count(number, one, many) {
    return number.toLocaleString("en-GB") + " " + (number === 1 ? one : many);
  }

  /* What a drop holds: files as they are, of folders the files with an ending we read. */
  async function dropped(transfer, accepted) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    if (!entries.some((entry) => entry && entry.isDirectory)) return { files: [...transfer.files], left: 0 };
    const found = [];
    let left = 0;
    const walk = async (entry, depth) => {
      if (!entry) return;
      if (entry.isFile) {
        const fine = depth === 0 || (accepted.includes(ending(entry.name)) && !entry.name.startsWith("."));
        if (!fine) left += 1;
        else found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
        return;
      }
      const reader = entry.createReader();
      for (;;) {
        // A reader gives some hundred entries at a time, and none at its end.
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) return;
        for (const child of some) await walk(child, depth + 1);
      }
    };
    for (const entry of entries) await walk(entry, 0);
    return { files: found, left };
  }

  function ending(name) {
    const dot = name.lastIndexOf(".");
    return dot > 0 ? name.slice(dot).toLowerCase() : "";
  }

  /* Why a file can't be taken, as an error with a remedy; null if it can. */
  async function refusal(file, { limit, accepted }) {
    if (file.size === 0) {
      return { message: "The file is empty.", remedy: "Export it again and check its content." };
    }
    if (limit && file.size > limit) {
      return {
        message: "The file is over this server's limit of " + size(limit) + ".",
        remedy: "Split the export or compress it: .csv.gz works.",
      };
    }
    if (accepted.includes(ending(file.name))) return null;
    try {
      const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
      if (!head.includes(0) && !startsWith(head, "%PDF")) return null;
    } catch {
      return { message: "The file can't be opened.", remedy: "Choose it again." };
    }
    return {
      message: "This file type isn't supported.",
      remedy: "Export it as CSV, TSV, JSON Lines, Parquet or XLSX.",
    };
  }

  function startsWith(bytes, text) {
    return [...text].every((letter, index) => bytes[index] === letter.charCodeAt(0));
  }

  /* Whether files look like one export in parts: the same ending throughout. */
  function alike(files) {
    const endings = new Set(files.map((file) => (file.name.toLowerCase().match(/(\.[a-z]+)?\.[a-z]+$/) || [""])[0]));
    return endings.size < 2;
  }

  Object.assign(uploads, { size, sizeOf, duration, count, dropped, refusal, alike });
})();
