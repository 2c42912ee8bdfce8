/* Sends what was typed into a field at once when the field is left or Enter is pressed.
 *
 * A field of components.base.control.typed waits a moment after the last key before it tells the server, and
 * so would whoever presses a button within that moment: the button would act on the value before. */
(function () {
  "use strict";

  const FIELD = "input.typed";
  // TYPING_PAUSE of components.base.control, and a little more: by then the field has sent it itself.
  const SENT_AFTER_MS = 350;
  let pending = null;
  let timer = null;

  function forget() {
    clearTimeout(timer);
    pending = null;
  }

  /* The value as the field itself would send it: no number where what stands there is none. */
  function valueOf(field) {
    if (field.type !== "number") return field.value;
    return field.value !== "" && field.checkValidity() ? Number(field.value) : null;
  }

  function send(field) {
    if (pending !== field) return;
    forget();
    const id = field.id.startsWith("{") ? JSON.parse(field.id) : field.id;
    window.dash_clientside.set_props(id, { value: valueOf(field) });
  }

  document.addEventListener("input", (event) => {
    forget();
    if (!event.target.matches(FIELD)) return;
    pending = event.target;
    timer = setTimeout(forget, SENT_AFTER_MS);
  });
  // Another page, or the same one as it was: what was typed into the one before is none of its business.
  for (const moved of ["popstate", "_dashprivate_pushstate"]) window.addEventListener(moved, forget);
  document.addEventListener("focusout", (event) => send(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send(event.target);
  });
})();
