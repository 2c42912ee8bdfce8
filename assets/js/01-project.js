/* Says with every request which project this page is of, so that two tabs may be in two projects. */
(function () {
  "use strict";

  const HEADER = "X-Project";

  function project() {
    const shell = document.querySelector("[data-project]");
    return shell ? shell.dataset.project : "";
  }

  function isOurs(address) {
    return new URL(address, location.href).origin === location.origin;
  }

  const sent = window.fetch;
  window.fetch = function (resource, options) {
    const address = resource instanceof Request ? resource.url : String(resource);
    if (!project() || !isOurs(address)) return sent.call(this, resource, options);
    const request = new Request(resource, options);
    request.headers.set(HEADER, project());
    return sent.call(this, request);
  };

  const opened = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, address, ...more) {
    opened.call(this, method, address, ...more);
    if (project() && isOurs(address)) this.setRequestHeader(HEADER, project());
  };

  /* The address of a stream or a download, which can carry no header. */
  const ofProject = (window.dash_clientside.predictor.ofProject = function (address) {
    if (!project()) return address;
    const made = new URL(address, location.href);
    made.searchParams.set("project", project());
    return made.pathname + made.search;
  });

  function mark(event) {
    const link = event.target.closest && event.target.closest("a[href^='/api/']");
    if (link && project()) link.setAttribute("href", ofProject(link.getAttribute("href")));
  }

  document.addEventListener("click", mark, true);
  document.addEventListener("auxclick", mark, true);
})();
