"""Search: a text becomes a Question, a Question becomes an Answer."""
