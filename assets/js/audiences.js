/* Chooses the definition of an audience from a file and reads it here: it is small, and checked on the server. */
(function () {
  "use strict";

  const READ = "audiences-file-read";
  const LARGEST = 100000;
  const clientside = window.dash_clientside;
  const { predictor } = clientside;
  let times = 0;

  async function read(file) {
    times += 1;
    const told = { name: file.name, times: times, text: null };
    if (file.size <= LARGEST) told.text = await file.text();
    clientside.set_props(READ, { data: told });
  }

  /* Ask for a file once the button was pressed. */
  predictor.chooseDefinition = function (clicks) {
    if (clicks) predictor.chooseFile(".json,application/json", read);
  };
})();
