"""The checks of the pages' JavaScript: its types, by TypeScript, and its style, by oxlint."""
