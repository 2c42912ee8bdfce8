/* On a phone the what-if answer is one line above the form; its button leads to the whole answer. */
(function () {
  "use strict";

  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-scroll-to]");
    // Not a link to "#…": that would be a new address, and Dash's router would render the page anew.
    document.getElementById(from?.dataset.scrollTo)?.scrollIntoView({ behavior: "smooth" });
  });
})();
