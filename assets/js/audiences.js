/* Chooses the definition of an audience from a file and reads it here: it is small, and is checked on the
   server. The input is made anew each time, so that the same file can be chosen again. */
(function () {
  "use strict";

  const READ = "audiences-file-read";
  const LARGEST = 100000;
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const predictor = (clientside.predictor = clientside.predictor || {});
  let times = 0;

  async function read(file) {
    times += 1;
    const told = { name: file.name, times: times, text: null };
    if (file.size <= LARGEST) told.text = await file.text();
    clientside.set_props(READ, { data: told });
  }

  /* Ask for a file once the button was pressed. */
  predictor.chooseDefinition = function (clicks) {
    if (!clicks) return;
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".json,application/json";
    input.addEventListener("change", () => input.files[0] && read(input.files[0]));
    input.click();
  };
})();
