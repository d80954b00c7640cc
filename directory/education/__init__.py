"""Education pages: Markdown files as objects."""
