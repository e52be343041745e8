// A page with a title and a preview of its own leads to the one that shows what its address means.
location.replace("./" + location.hash);
