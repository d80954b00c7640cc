"""The public pages: thin views, parse → ask → render."""
