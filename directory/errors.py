"""PlainError: a failure that a person can mend."""

from directory.sentence import Sentence


class PlainError(Exception):
    """Its message is one clear sentence that says what is wrong and what to do; commands print it and exit with 2."""

    exit_code = 2


class SaidError(PlainError):
    """A failure that pages tell too, in the language of whoever reads them.

    `field` names what is to be mended ("birth year"); it is empty where the sentence is about the whole.
    """

    def __init__(self, sentence: Sentence, field: str = "") -> None:
        super().__init__(f"{field}: {sentence}" if field else str(sentence))
        self.sentence = sentence
        self.field = field
