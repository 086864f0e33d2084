"""The page of a check: one HTML file that holds everything it shows and fetches nothing.

    page.py      start here: findings as JSON → the page
    page.html    its frame, with placeholders for style, scripts and data
    page.css, page.js
    d3.min.js    d3 7.9.2 as published, under the licence in d3-LICENSE

Knows posts and findings only as the JSON that output/serialize.py makes of them.
"""
