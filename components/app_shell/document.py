"""The HTML document Dash fills: its language, its icon, and the theme before the first paint."""

from __future__ import annotations

#: Dash replaces the names in braces; it puts its scripts at the end, where the theme would be too late.
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<link rel="preload" href="/assets/fonts/inter-latin-wght-normal.woff2"
      as="font" type="font/woff2" crossorigin>
<script src="/assets/js/theme.js"></script>
{%css%}
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>
"""
