"""Places: ZIP, town, county or state to a point, and distances between points."""
