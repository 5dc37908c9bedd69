"""How the documentation is built: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from server.version import VERSION

project = "Waylay Tasks over MCP"
author = "the Waylay Tasks over MCP authors"
release = version = VERSION

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
nitpicky = True

myst_heading_anchors = 4
# Quotes are part of what is copied.
smartquotes = False

html_theme = "furo"
html_title = f"{project} {VERSION}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
# What a reader copies from a transcript is the command, and one language is no better guess than another.
highlight_language = "none"
