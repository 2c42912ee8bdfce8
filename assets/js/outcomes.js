/* Chooses the file of a campaign's outcomes and hands it to the page: it is small, and read on the server. */
(function () {
  "use strict";

  const FILE = "outcomes-file";
  const LARGEST = 5 * 1024 * 1024;
  const clientside = window.dash_clientside;
  const { predictor } = clientside;
  let times = 0;

  function read(file) {
    times += 1;
    const told = { name: file.name, size: file.size, times: times, content: null };
    if (file.size > LARGEST) {
      clientside.set_props(FILE, { data: told });
      return;
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      told.content = String(reader.result).split(",", 2)[1] || "";
      clientside.set_props(FILE, { data: told });
    });
    reader.readAsDataURL(file);
  }

  /* Ask for a file once the button was pressed. */
  predictor.chooseOutcomes = function (clicks) {
    if (clicks) predictor.chooseFile(".csv,.tsv,.txt,.xlsx,text/csv", read);
  };
})();
