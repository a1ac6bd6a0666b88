"""The report as one HTML file: no script, no request, both languages, SVG pictures."""
