/* Hands on the map of sessions: mouse, finger, wheel and keys move it, point at dots and draw around them. */
(function () {
  "use strict";

  const clientside = window.dash_clientside;
  const { predictor } = clientside;
  const { simplified, writeArea } = predictor.mapMaths;
  const { UNKNOWN } = predictor.mapColours;

  const MOST_CORNERS = 60;
  /* Pixels: how near a dot is pointed at, how far a click may move, how far apart a drawn line's points are. */
  const NEAR = 10;
  const STILL = 4;
  /* How near the middle a dot is reached by the keyboard. */
  const AIMED = 60;
  const STEP = 3;
  /* The same by a finger, which is neither as fine nor as still as a mouse. */
  const TOUCHED = { near: 20, still: 9 };

  class SessionMap extends predictor.MovableMap {
    constructor(host) {
      super(host);
      this.mode = "move";
      this.pointers = new Map();
      this.listen();
    }

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
      // By keyboard the middle of the map is what a mouse points at.
      plot.addEventListener("focus", () => plot.matches(":focus-visible") && this.aim());
      plot.addEventListener("blur", () => {
        this.tip.hidden = true;
      });
      plot.addEventListener("keydown", (event) => {
        const far = event.shiftKey ? 8 : 40;
        const keys = {
          ArrowLeft: () => this.pan(far, 0),
          ArrowRight: () => this.pan(-far, 0),
          ArrowUp: () => this.pan(0, far),
          ArrowDown: () => this.pan(0, -far),
          "+": () => this.use("in"),
          "=": () => this.use("in"),
          "-": () => this.use("out"),
          0: () => this.use("reset"),
          Enter: () => this.chooseAimed(),
          " ": () => this.chooseAimed(),
          Escape: () => this.tell(null, ""),
        };
        if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
          event.preventDefault();
          keys[event.key]();
          this.aim();
        }
      });
    }

    /* Point at the dot next to the middle, and say which it is. */
    async aim() {
      if (!this.view) return;
      await this.point(this.width / 2, this.height / 2, AIMED).catch(() => {});
      const said = this.host.querySelector(".session-map-said");
      if (said) said.textContent = this.tip.hidden ? "No session here" : this.tip.innerText;
    }

    chooseAimed() {
      const i = this.view ? this.nearest(this.width / 2, this.height / 2, AIMED) : -1;
      if (i >= 0 && this.places.cluster[i] !== UNKNOWN) this.tell(this.places.cluster[i], "");
    }

    hover(place) {
      this.over = place;
      if (this.hovering) return;
      this.hovering = requestAnimationFrame(() => {
        this.hovering = 0;
        if (this.pointers.size) return;
        this.point(...this.over, NEAR).catch(() => {});
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
