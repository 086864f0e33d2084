"""What is broken in the lists, links and images of a site, or should be looked at; needs no index.

findings.py      start here: a content folder → findings
stored_findings.py  those of a build, kept in its generation
recheck.py       those of a generation, with what has changed since
headings.py      what each kind of them is called, for people
reachability.py  groups of posts that no other post leads to
body_links.py    links and images in bodies that lead nowhere, as far as the files can say
pages.py         which page of the site a link leads to
anchors.py       whether a page has the place that a #fragment names
served_files.py  files, images and redirects that the site has beside its posts
source_text.py   the line on which a link stands
baseline.py      findings that are known, and do not count
repair.py        broken references that can only mean one post → the name to write instead
link_repair.py   dead links and bad anchors in texts → the target to write instead, and the edit that writes it
report/          the findings and a drawing of the site, as one page that fetches nothing
"""
