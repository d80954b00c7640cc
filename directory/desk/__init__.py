"""Desk: the pages of the center's staff, and the one page a clinic opens with a link and a code."""
