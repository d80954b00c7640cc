"""Translations: the sentences of code and templates, and what they are in other languages."""
