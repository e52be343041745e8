// Before the pages: whether this browser can run them. In words that every browser understands.
(function () {
  var missing = [];
  if (typeof WebAssembly !== "object") missing.push("WebAssembly");
  if (typeof DecompressionStream !== "function") missing.push("DecompressionStream");
  if (!("adoptedStyleSheets" in document)) missing.push("style sheets of its own");
  if (!missing.length) return;
  document.documentElement.setAttribute("data-unable", "yes");
  var coming = document.querySelector(".coming");
  coming.className = "coming failed";
  coming.setAttribute("role", "alert");
  coming.textContent =
    "This browser cannot run Python: it has no " + missing.join(", no ") +
    ". A current Firefox, Chrome, Edge or Safari can; so can your own Python: pip install git+https://github.com/handgrad/handgrad, then handgrad start.";
})();
