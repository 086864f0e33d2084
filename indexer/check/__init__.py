"""What is broken in a site's lists and links, or should be looked at; it needs no index.

findings.py      start here: a content folder → findings
reachability.py  posts that nothing leads to
repair.py        references that are beyond doubt → the name to write instead
report/          the findings and the site drawn, as one page that fetches nothing
"""
