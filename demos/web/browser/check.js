// Before the pages: whether this browser can run them. In words that every browser understands.
(function () {
  var isFile = location.protocol === "file:" && document.currentScript.getAttribute("src"); // one whole file has all of it inside
  var missing = [];
  if (typeof WebAssembly !== "object") missing.push("WebAssembly");
  if (typeof DecompressionStream !== "function") missing.push("DecompressionStream");
  if (!("adoptedStyleSheets" in document)) missing.push("style sheets of its own");
  if (!missing.length && !isFile) return;
  document.documentElement.setAttribute("data-unable", "yes");
  var coming = document.querySelector(".coming");
  coming.className = "coming failed";
  coming.setAttribute("role", "alert");
  coming.textContent = isFile
    ? "A browser runs no pages from a disk that are several files. In this folder: python -m http.server, and open " +
      "http://localhost:8000. One file that opens by a double click: handgrad site --single OUT.html."
    : "This browser cannot run Python: it has no " + missing.join(", no ") +
    ". A current Firefox, Chrome, Edge or Safari can; so can your own Python: pip install git+https://github.com/handgrad/handgrad, then handgrad start.";
})();
