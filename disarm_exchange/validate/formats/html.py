"""One HTML page, complete in itself: no script, no style and no picture from elsewhere."""

from __future__ import annotations

from html import escape

from disarm_exchange.validate.files import PlacedIssue
from disarm_exchange.validate.formats.base import Format, Tally
from disarm_exchange.validate.rule import all_rules

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Validation report</title>
<style>
body { font: 16px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1d232a; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #d5dae0; }
td.place { white-space: nowrap; font-variant-numeric: tabular-nums; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.error { color: #a01515; } .warning { color: #7a4b00; } .info { color: #1d4f91; }
p.fix { margin: .2rem 0 0; color: #48525c; }
@media (prefers-color-scheme: dark) {
  body { background: #15191d; color: #e4e8ec; } th, td { border-color: #39424b; } p.fix { color: #aab4be; }
  .error { color: #ff8f8f; } .warning { color: #f2bd68; } .info { color: #8fbdf5; }
}
</style>
<h1>Validation report</h1>
<table>
<thead><tr><th scope="col">Place</th><th scope="col">Rule</th><th scope="col">What and why</th></tr></thead>
<tbody>
"""


class Html(Format):
    """A table of issues as they come, then the counts."""

    def begin(self) -> None:
        """The head of the page."""
        self.write(_HEAD)

    def issue(self, issue: PlacedIssue) -> None:
        """One row."""
        what = issue.issue
        excerpt = f"<br><code>{escape(issue.excerpt)}</code>" if issue.excerpt else ""
        self.write(
            f'<tr><td class="place">{escape(issue.file)}<br>{issue.line}:{issue.column}</td>'
            f'<td class="{what.severity.label}"><strong>{what.code}</strong><br>{what.severity.label}</td>'
            f"<td>{escape(what.reason)}<br><code>{escape(what.object_id)} {escape(issue.pointer)}</code>{excerpt}"
            f'<p class="fix">{escape(what.fix)}</p></td></tr>\n'
        )

    def end(self, tally: Tally) -> None:
        """The counts."""
        self.write("</tbody></table>\n<h2>Summary</h2>\n")
        self.write(f"<p>{tally.sentence()}.</p>\n")
        if tally.codes:
            self.write('<table><thead><tr><th scope="col">Rule</th><th scope="col">Title</th>')
            self.write('<th scope="col">Count</th></tr></thead><tbody>\n')
            for code, count in sorted(tally.codes.items()):
                self.write(f"<tr><td>{code}</td><td>{escape(all_rules()[code].title)}</td><td>{count:,}</td></tr>\n")
            self.write("</tbody></table>\n")
        self.write("</html>\n")
