"""How the pages of this folder become a site: `make docs`. Nothing is fetched from the network."""

from __future__ import annotations

project = "disarm-exchange"
author = "the disarm-exchange authors"
project_copyright = "the disarm-exchange authors; Apache-2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True

# Links to headings of other pages are checked as links to pages are.
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_title = "disarm-exchange"
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None
