"""PlainError: a failure that a person can mend."""


class PlainError(Exception):
    """Its message is one clear sentence that says what is wrong and what to do; commands print it and exit with 2."""

    exit_code = 2
