"""The page of a check: one HTML file that holds all it shows and fetches nothing.

    page.py      start here: findings as JSON → the page
    page.html    its frame, with the places where style, scripts and data go
    page.css, page.js
    d3.min.js    d3 7.9.2 as published, under the licence in d3-LICENSE

Knows nothing of posts and findings but the JSON that is made of them.
"""
