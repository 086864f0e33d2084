"""What is broken in the lists and links of a site, or should be looked at; needs no index.

findings.py      start here: a content folder → findings
reachability.py  groups of posts that no other post leads to
repair.py        broken references that can only mean one post → the name to write instead
report/          the findings and a drawing of the site, as one page that fetches nothing
"""
