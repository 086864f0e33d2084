"""One question a file, against baselines, in one run. Data comes from outside the repository; figures go into docs."""
