"""The course in a browser tab: what builds the site, what runs in it (`inside`), and its pages (`browser`).

The engine itself runs there, as Python in WebAssembly (Pyodide), so that every verdict is the one that `handgrad check`
gives. `library` gathers the Python files, `packages` the parts from npm, and `site` and `single` write what is asked
for: a folder for any static host, or one file to open.
"""
