"""The forms in which issues are shown. One file a form; each writes as issues come and ends with a summary."""
