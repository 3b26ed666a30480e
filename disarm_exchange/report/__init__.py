"""Pictures and pages from bundles, the store or the ledger: heat map, graph, report, Navigator layer, tables.

What may enter: reading a source through the policy, counting what is in it, and writing that down in a form for people
or for other tools. It uses `findings` (for values and places), `disarm`, `policy`, `store` and `stix`; HTTP and the
command line stay outside. Whatever a source says is hostile text until it is escaped for the form it goes into.

- `source`: `open_source`, the only way in; nothing above the ceiling passes
- `counting`, `matrix`: the one count of techniques behind every picture; tactics as columns, techniques as cells
- `heatmap`, `heatmap_page`, `matrix_text`, `navigator`: the matrix as SVG, HTML, Markdown and JSON, Navigator layer
- `comparison`, `comparison_files`, `periods`: two sources, or two periods of one, side by side
- `export_tables`, `export_files`: tables for spreadsheets
- `graph`, `grouping`, `graph_svg`, `graph_files`: the graph of a case
- `content`, `html_report`, `markdown_report`: the report
- `shown`: how foreign text is made harmless; `drawing`, `matrix_drawing`, `palette`, `png`: how pictures are drawn
"""
